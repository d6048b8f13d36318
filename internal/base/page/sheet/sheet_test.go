package sheet

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"hearth/internal/base/page/pagetest"
)

func sample() Batch {
	long := strings.Repeat("The elevator of building A stands still from eight to noon, and whoever cannot take the stairs is carried by two of us. ", 12)
	to := []string{"Ana María Ruiz de la Fuente y Montoya", "12 Oak Street, 4B", "Springfield, NY 12345"}
	from := []string{"Oak Court", "12 Oak Street", "Springfield, NY 12345"}
	return Batch{Title: "3 letters to post", Head: "Oak Court · rnd_1 · to be done by Tue Mar 3, 18:00", How: "Mark what you did, with time and name.", Marks: []string{"posted", "handed over", "spoke with", "cannot be"},
		Lines: []Line{{N: 1, Who: "Ana Ruiz", Where: "4B", What: "Work on the water pipes in your home on Tuesday, and what you can do before it begins\nmsg_06h2y8f6945pyes22p91"}, {N: 2, Who: "<b>Ben</b>", Where: "5A", What: "x", Done: "posted, Mar 3 14:05"}},
		Pages: []Page{
			{Language: "en", From: from, To: to, Date: "March 3, 2026", Subject: "Your rent changes", Body: "Dear Ana,\n\n" + long + "\n\nSincerely\nOak Court <script>alert(1)</script>"},
			{Language: "es", From: from, To: to, Date: "3 de marzo de 2026", Subject: "Su alquiler cambia", Body: strings.Repeat(long+"\n\n", 3), Large: true},
			{Language: "en", From: append(append([]string{}, from...), "Office hours 9 to 5", "Second floor, at the end", "Telephone (212) 555-0100"), To: []string{"María Guadalupe Concepción Fernández de la Vega y Montoya-Villanueva", "c/o Oak Court Senior Services",
				"Building A, North Entrance", "12 Oak Street, 4B", "Box 12", "Springfield, NY 12345-6789"}, Date: "March 3, 2026", Subject: "A long address", Body: "Dear María,"},
			{Language: "en", From: from[:1], Door: "4B", Date: "March 3, 2026", Subject: "No water from 14:00 to 16:00", Body: "Please fill a pot."},
		}}
}

func TestWhatIsWrittenIsNotRun(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{"<script>", "<b>Ben", "http://", "https://"} {
		if strings.Contains(b.String(), no) {
			t.Errorf("%q stands in it", no)
		}
	}
}

// A list that says no names has no column for them.
func TestAListWithoutNames(t *testing.T) {
	b := sample()
	for _, named := range []bool{true, false} {
		if !named {
			for i := range b.Lines {
				b.Lines[i].Who = ""
			}
		}
		var out strings.Builder
		if err := Write(&out, b); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), ">Who</th>"); got != named {
			t.Errorf("named %v: a column for names %v", named, got)
		}
	}
}

// What is to be said on the telephone stands across the list: in a column beside the boxes it is a word wide and pages long.
func TestWhatIsSaidStandsAcrossTheList(t *testing.T) {
	b := Batch{Title: "2 calls to make", Marks: []string{"spoke with", "left word", "no answer", "handed over", "cannot be"}}
	for n := range 7 {
		b.Lines = append(b.Lines, Line{N: n + 1, Who: "Ana Ruiz", Where: "4B\n(212) 555-0150", What: "msg_06h2y8f6945pyes22p91", Say: strings.Repeat("We come on Tuesday from nine to noon, and somebody has to be there. ", 6)})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := Write(w, b); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	ctx := pagetest.Browser(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(672, 912), chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 1280, Height: 900}} {
		if sight := pagetest.Look(t, ctx, server.URL, s, "calls"); sight.Overflow > 0 || len(sight.Elements) > 0 {
			t.Errorf("%d wide: sticks out by %d (%v)", s.Width, sight.Overflow, sight.Elements)
		}
	}
	yes := true
	printed, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(printed.Data), "/Type /Page\n"); n != 2 {
		t.Errorf("seven calls are on %d pages, want 2", n)
	}
}

// Each piece begins on a page of its own, the address lies in the window, and nothing sticks out of paper or screen. With
// HEARTH_TEST_SHEETS=DIR the paper is kept there to be looked at.
func TestOnPaper(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", Policy())
		if err := Write(w, sample()); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	ctx := pagetest.Browser(t)
	for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 1280, Height: 900}} {
		sight := pagetest.Look(t, ctx, server.URL, s, "sheet")
		if !strings.Contains(sight.Text, "Please fill a pot.") || sight.Overflow > 0 || len(sight.Elsewhere) > 0 {
			t.Errorf("%d wide: sticks out by %d (%v), asks %v", s.Width, sight.Overflow, sight.Elements, sight.Elsewhere)
		}
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(672, 912), chromedp.Navigate(server.URL)); err != nil { // letter paper within its margins
		t.Fatal(err)
	}
	measure := func(script string) float64 {
		t.Helper()
		v, err := chromedp.Run(ctx, chromedp.Evaluate[float64](script))
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return v
	}
	const from = `document.querySelector('.letter').getBoundingClientRect()`
	top := measure(`document.querySelector('.letter .to').getBoundingClientRect().top - ` + from + `.top`)
	left := measure(`document.querySelector('.letter .to').getBoundingClientRect().left - ` + from + `.left`)
	height := measure(`document.querySelector('.letter .to').scrollHeight`)
	begins := measure(`document.querySelector('.letter .date').getBoundingClientRect().top - ` + from + `.top`)
	// A word of the list's head breaks nowhere, an address of many lines is not cut, and a notice of several pages has its frame on each.
	if n := measure(`[...document.querySelectorAll('.list th:not(.mark):not(.when)')].filter(c => { const r = document.createRange(); r.selectNodeContents(c); return r.getClientRects().length > 1 }).length`); n > 0 {
		t.Errorf("%v words of the list's head are broken", n)
	}
	if n := measure(`[...document.querySelectorAll('.letter address')].filter(a => a.scrollHeight > a.clientHeight + 1).length`); n > 0 {
		t.Errorf("%v addresses are cut", n)
	}
	if n := measure(`getComputedStyle(document.querySelector('.notice')).boxDecorationBreak === 'clone' ? 0 : 1`); n > 0 {
		t.Error("the frame of a notice is open where its page ends")
	}
	yes := true
	printed, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes})
	if err != nil {
		t.Fatal(err)
	}
	pdf := printed.Data
	const inch, margin = 96, 0.75 * 96
	if y, x := top+margin, left+margin; y < 2*inch || y+height > 3.12*inch || x < 0.85*inch || begins+margin < 3.2*inch {
		t.Errorf("the address lies %.2f to %.2f inches from the top and %.2f from the left, the letter begins at %.2f", y/inch, (y+height)/inch, x/inch, (begins+margin)/inch)
	}
	if n := strings.Count(string(pdf), "/Type /Page\n"); n < 7 || n > 9 { // the list, two letters of one page, one of several, a notice
		t.Errorf("%d pages", n)
	}
	if dir := os.Getenv("HEARTH_TEST_SHEETS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "sheet.pdf"), pdf, 0o600); err != nil {
			t.Error(err)
		}
	}
}
