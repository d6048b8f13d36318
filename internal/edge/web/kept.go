package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A form that was sent after its session had ended is not done, and not lost: the door carries it along, and who has signed in finds it and sends it on
// by their own hand. It lies in the page alone, never on the server, so a stranger can leave nothing here; it is taken only from this site's own pages,
// like every form, and nothing is done by it before somebody with a session presses a button.

// keptMost bounds what the door carries along.
const keptMost = 128 << 10

// keptForm is what was sent.
type keptForm struct {
	Path   string      `json:"path"`
	Fields []keptField `json:"fields"`
}

type keptField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// keep takes what a stranger's form brought, "" where there is nothing that may be carried.
func (h *Web) keep(w http.ResponseWriter, r *http.Request) string {
	if r.Method != http.MethodPost || r.Header.Get("HX-Request") != "" || secretForm(r.URL.Path) || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	r.Body = http.MaxBytesReader(w, r.Body, keptMost)
	if r.ParseForm() != nil {
		return ""
	}
	k := keptForm{Path: r.URL.RequestURI()}
	for name, values := range r.PostForm {
		for _, v := range values {
			k.Fields = append(k.Fields, keptField{name, v})
		}
	}
	slices.SortStableFunc(k.Fields, func(a, b keptField) int { return strings.Compare(a.Name, b.Name) })
	if len(k.words()) == 0 {
		return "" // a button is pressed once more as easily
	}
	raw, err := json.Marshal(k)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// secretForm tells whether a form brings what opens something: it goes nowhere but where it was sent.
func secretForm(path string) bool {
	for _, p := range []string{"/account", "/sign-", "/set-up", "/invitation", "/look", "/setup/channels", "/setup/webhooks"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// readKept gives the form that the door carried along; false: there is none, or none of this program's.
func (h *Web) readKept(r *http.Request) (keptForm, bool) {
	var k keptForm
	text := r.PostFormValue("kept")
	if text == "" || len(text) > 2*keptMost {
		return k, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &k) != nil || ownPath(k.Path, "") == "" || len(k.words()) == 0 {
		return k, false
	}
	at, err := url.Parse(k.Path)
	if err != nil || secretForm(at.Path) {
		return k, false
	}
	asked := r.Clone(r.Context())
	asked.Method, asked.URL = http.MethodPost, at
	_, pattern := h.mux.Handler(asked)
	return k, strings.HasPrefix(pattern, "POST ")
}

// carried gives the form that the door carries along, as it came; "" for none.
func (h *Web) carried(r *http.Request) string {
	if r.Method != http.MethodPost {
		return ""
	}
	if _, ok := h.readKept(r); !ok {
		return ""
	}
	return r.PostFormValue("kept")
}

// words gives what somebody wrote in the form, without what its page put in.
func (k keptForm) words() []string {
	var out []string
	for _, f := range k.Fields {
		v := strings.TrimSpace(f.Value)
		if f.Name != "back" && !strings.HasPrefix(v, "/") && strings.ContainsAny(v, " \n") {
			out = append(out, v)
		}
	}
	return out
}

// page is where the form was, as far as it says so.
func (k keptForm) page() string {
	for _, f := range k.Fields {
		if f.Name == "back" {
			return ownPath(f.Value, "/")
		}
	}
	return "/"
}
