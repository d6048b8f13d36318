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
	return Batch{Title: "3 letters to post", Head: "Oak Court · rnd_1 · to be done by Tue Mar 3, 18:00", How: "Mark what you did, with time and name.", Marks: []string{"posted", "handed over", "cannot be"},
		Lines: []Line{{N: 1, Who: "Ana Ruiz", Where: "4B", What: "About your home\nmsg_1"}, {N: 2, Who: "<b>Ben</b>", Where: "5A", What: "x", Done: "posted, Mar 3 14:05"}},
		Pages: []Page{
			{Language: "en", From: from, To: to, Date: "March 3, 2026", Subject: "Your rent changes", Body: "Dear Ana,\n\n" + long + "\n\nSincerely\nOak Court <script>alert(1)</script>"},
			{Language: "es", From: from, To: to, Date: "3 de marzo de 2026", Subject: "Su alquiler cambia", Body: strings.Repeat(long+"\n\n", 3), Large: true},
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
	if n := strings.Count(string(pdf), "/Type /Page\n"); n < 6 || n > 8 { // the list, a letter of one page, one of several, a notice
		t.Errorf("%d pages", n)
	}
	if dir := os.Getenv("HEARTH_TEST_SHEETS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "sheet.pdf"), pdf, 0o600); err != nil {
			t.Error(err)
		}
	}
}
