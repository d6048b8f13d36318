package pagetest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The eyes themselves: what is wrong is seen, and what is right is not called wrong.
func TestLook(t *testing.T) {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/good":
			io.WriteString(w, `<style>@media (prefers-color-scheme: dark) { body { background: rgb(1, 2, 3) } }</style><main><p class="a">Hello</p></main>`)
		case "/wide":
			io.WriteString(w, `<main><p class="b" style="width:900px">Hello</p></main>`)
		case "/chatty":
			fmt.Fprintf(w, `<main><img src="%s/x.png"></main>`, strings.Replace(server.URL, "127.0.0.1", "localhost", 1))
		}
	}))
	defer server.Close()
	ctx := Browser(t)
	narrow := Screen{Width: 320, Height: 600}

	good := Look(t, ctx, server.URL+"/good", narrow, "good")
	if good.Text != "Hello" || good.Overflow != 0 || len(good.Elements) != 0 || len(good.Elsewhere) != 0 {
		t.Errorf("a good page is seen as %+v", good)
	}
	narrow.Dark = true
	if dark := Look(t, ctx, server.URL+"/good", narrow, "dark"); dark.Paper != "rgb(1, 2, 3)" {
		t.Errorf("in the dark its paper is %q", dark.Paper)
	}
	if wide := Look(t, ctx, server.URL+"/wide", narrow, "wide"); wide.Overflow < 500 || len(wide.Elements) != 1 || wide.Elements[0] != "P.b" {
		t.Errorf("a wide page is seen as %+v", wide)
	}
	if chatty := Look(t, ctx, server.URL+"/chatty", narrow, "chatty"); len(chatty.Elsewhere) != 1 {
		t.Errorf("a page that asks another host is seen as %+v", chatty)
	}
}
