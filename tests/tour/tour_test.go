// Package tour walks docs/tour.md: a day of a property manager, a technician and a resident, in a real browser, on a generated community. What stands in
// backquotes and in bold there is done and looked for, step by step; where a picture stands, one can be taken.
package tour

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth/internal/base/page/pagetest"
	"hearth/tests/walk"
)

// step is something that the page says is done or seen.
type step struct {
	line       int
	kind       string
	what, more string
}

// kinds are the sentences that are done; all else is for the reader.
func kinds() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"as":      regexp.MustCompile(`As the \*\*([^*]+)\*\*`),
		"screen":  regexp.MustCompile(`[Oo]n a (telephone|desk)`),
		"open":    regexp.MustCompile("[Oo]pen `([^`]+)`"),
		"press":   regexp.MustCompile("[Pp]ress `([^`]+)`"),
		"click":   regexp.MustCompile(`[Cc]lick \*\*([^*]+)\*\*`),
		"write":   regexp.MustCompile("[Ww]rite `([^`]+)` under \\*\\*([^*]+)\\*\\*"),
		"see":     regexp.MustCompile(`see \*\*([^*]+)\*\*`),
		"unseen":  regexp.MustCompile(`no \*\*([^*]+)\*\*`),
		"picture": regexp.MustCompile(`!\[[^\]]+\]\(pictures/([^)]+)\)`),
	}
}

// steps reads the page.
func steps(t *testing.T, path string) []step {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []step
	all := kinds()
	for n, line := range strings.Split(string(raw), "\n") {
		type found struct {
			at int
			step
		}
		var here []found
		for kind, re := range all {
			for _, m := range re.FindAllStringSubmatchIndex(line, -1) {
				s := step{line: n + 1, kind: kind, what: line[m[2]:m[3]]}
				if len(m) > 4 {
					s.more = line[m[4]:m[5]]
				}
				at := len(here)
				for at > 0 && here[at-1].at > m[0] {
					at--
				}
				here = append(here[:at], append([]found{{m[0], s}}, here[at:]...)...)
			}
		}
		for _, f := range here {
			out = append(out, f.step)
		}
	}
	if len(out) < 20 {
		t.Fatalf("the page has %d steps; is it the right one?", len(out))
	}
	return out
}

// demo is the generated community that is walked.
type demo struct {
	address, word string
	logins        map[string]string // by role
	resident      string            // the link that opens the portal
}

// serve starts the demo, and gives how to come in.
func serve(t *testing.T) *demo {
	t.Helper()
	said := filepath.Join(t.TempDir(), "said")
	out, err := os.Create(said)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(t.Context(), filepath.Join(walk.Build(t), "hearth"), "demo", "--units", "60", "--listen", walk.FreeAddr(t), "--data", "elm-terrace")
	cmd.Dir = t.TempDir() // the pictures show no directory of the machine that took them
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt) //nolint:errcheck // it may have ended
		cmd.Wait()                       //nolint:errcheck // ended by us
	})
	d := &demo{logins: map[string]string{}}
	for range 600 { // two minutes, for a crowded machine
		raw, err := os.ReadFile(said)
		if err != nil {
			t.Fatal(err)
		}
		d.read(string(raw))
		if d.logins["technician"] != "" && d.logins["property manager"] != "" && strings.HasSuffix(string(raw), "\n") {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if d.word == "" || d.resident == "" {
		t.Fatalf("the demo did not say how to come in: %+v", d)
	}
	return d
}

// read takes what the demo prints.
func (d *demo) read(said string) {
	one, opens, word := regexp.MustCompile(`^  (\S+@\S+)  .*, ([a-z ]+)$`), regexp.MustCompile(`^(Open|As a resident:) (http\S+)`), regexp.MustCompile(`password "([^"]+)"`)
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\n")
		if m := opens.FindStringSubmatch(line); m != nil && m[1] == "Open" {
			d.address = m[2]
		} else if m != nil {
			d.resident = m[2]
		}
		if m := word.FindStringSubmatch(line); m != nil {
			d.word = m[1]
		}
		if m := one.FindStringSubmatch(line); m != nil {
			d.logins[m[2]] = m[1]
		}
	}
}

// guest is the browser that walks.
type guest struct {
	t     *testing.T
	ctx   context.Context //nolint:containedctx // for the length of one walk
	d     *demo
	shots string
	width int64
}

func (g *guest) do(s step, actions ...chromedp.Action[chromedp.Void]) {
	g.t.Helper()
	ctx, stop := context.WithTimeout(g.ctx, 60*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		g.fail(s, err)
	}
}

func (g *guest) fail(s step, err error) {
	g.t.Helper()
	at, _ := chromedp.Run(g.ctx, chromedp.Location())
	says, _ := chromedp.Run(g.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	g.t.Fatalf("line %d, %s %q %q: %v, at %s:\n%s", s.line, s.kind, s.what, s.more, err, at, says)
}

// ask runs a script that answers yes or no until it says yes.
func (g *guest) ask(s step, script string) {
	g.t.Helper()
	for range 100 {
		if ok, err := chromedp.Run(g.ctx, chromedp.Evaluate[bool](script)); err == nil && ok {
			return
		}
		g.do(s, chromedp.Sleep(200*time.Millisecond))
	}
	g.fail(s, fmt.Errorf("not there after twenty seconds"))
}

// rest waits until the page has come to rest, as a person does before the next key.
func (g *guest) rest(s step) {
	g.t.Helper()
	for quiet := 0; quiet < 4; quiet++ {
		g.ask(s, `document.readyState === "complete" && !document.querySelector(".htmx-request")`)
		g.do(s, chromedp.Sleep(150*time.Millisecond))
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// mark finds what is clicked or written into, as a person would: by what stands on it.
const mark = `((words, kind) => {
  const norm = (s) => (s || "").replace(/\s+/g, " ").trim();
  const shown = (e) => e.getClientRects().length > 0;
  document.querySelectorAll("[data-tour]").forEach((e) => e.removeAttribute("data-tour"));
  let hit;
  if (kind === "field") {
    const label = [...document.querySelectorAll("label")].filter(shown).find((e) => norm(e.innerText).startsWith(words));
    hit = label && (label.control || document.getElementById(label.htmlFor));
  } else {
    const all = [...document.querySelectorAll("a, button, label, summary")].filter(shown);
    hit = all.find((e) => norm(e.innerText) === words) || all.find((e) => norm(e.getAttribute("aria-label")) === words) || all.find((e) => norm(e.innerText).startsWith(words));
  }
  if (!hit) return false;
  hit.setAttribute("data-tour", "here");
  return true;
})`

func (g *guest) take(s step) {
	g.t.Helper()
	const here = `[data-tour=here]`
	switch s.kind {
	case "as":
		g.enter(s)
	case "screen":
		g.width = map[string]int64{"telephone": 390, "desk": 1280}[s.what]
		g.do(s, chromedp.EmulateViewport(g.width, map[string]int64{"telephone": 844, "desk": 900}[s.what]))
	case "open":
		g.do(s, chromedp.Navigate(g.d.address+s.what))
	case "press":
		key := s.what
		if key == "Escape" {
			key = kb.Escape
		}
		g.rest(s)
		g.do(s, chromedp.KeyEvent(key))
	case "click":
		g.ask(s, mark+"("+quoted(s.what)+", 'press')")
		g.rest(s)
		g.do(s, chromedp.Click(here))
	case "write":
		g.ask(s, mark+"("+quoted(s.more)+", 'field')")
		g.do(s, chromedp.SendKeys(here, s.what))
	case "see":
		g.ask(s, "document.body.innerText.replace(/\\s+/g, ' ').includes("+quoted(s.what)+")")
	case "unseen":
		g.ask(s, "!document.body.innerText.replace(/\\s+/g, ' ').includes("+quoted(s.what)+")")
	case "picture":
		g.picture(s)
	}
}

// enter signs in as somebody of the team, or opens the resident's link. Whoever was there before goes.
func (g *guest) enter(s step) {
	g.t.Helper()
	if s.what == "resident" {
		g.do(s, chromedp.Navigate(g.d.resident))
		return
	}
	login := g.d.logins[s.what]
	if login == "" {
		g.fail(s, fmt.Errorf("the demo printed no sign-in of that role"))
	}
	g.do(s, chromedp.Navigate(g.d.address+"/sign-in"), chromedp.WaitVisible(`[name=login]`), chromedp.SendKeys(`[name=login]`, login), chromedp.SendKeys(`[name=password]`, g.d.word),
		chromedp.KeyEvent("\r"), chromedp.WaitVisible(`.shell`))
}

// picture takes one where it is asked for; the page's own must exist in any case.
func (g *guest) picture(s step) {
	g.t.Helper()
	if g.shots == "" {
		if _, err := os.Stat(filepath.Join("../../docs/pictures", s.what)); err != nil {
			g.fail(s, fmt.Errorf("make screenshots takes it: %w", err))
		}
		return
	}
	png, err := chromedp.Run(g.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(filepath.Dir(filepath.Join(g.shots, s.what)), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(g.shots, s.what), png, 0o644)
	}
	if err != nil {
		g.fail(s, err)
	}
}

// A day of three people, as docs/tour.md tells it.
func TestTheTour(t *testing.T) {
	all := steps(t, "../../docs/tour.md")
	g := &guest{t: t, d: serve(t), ctx: pagetest.BrowserFor(t, 10*time.Minute), shots: os.Getenv("HEARTH_SCREENSHOTS"), width: 1280}
	for _, s := range all {
		g.take(s)
	}
	if g.shots != "" {
		g.gallery()
	}
}

// gallery takes a picture of every page of the menu, of the first thing in each list, and of the portal: on a telephone, at a desk, in the dark.
func (g *guest) gallery() {
	g.t.Helper()
	if _, err := chromedp.Call(g.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		g.t.Fatal(err)
	}
	g.shoot("/sign-in", "/home/enter", "/operator") // whoever looks around a demo sees the last too
	g.enter(step{kind: "as", what: "property manager"})
	g.shoot("/", "/residents", "/residents?list=past", "/units", "/conversations", "/broadcasts", "/broadcasts/new", "/playbooks", "/insight", "/insight/people", "/insight/team", "/insight/gaps", "/insight/balance", "/insight/noise", "/imports",
		"/imports/new", "/happened", "/setup", "/setup/property", "/setup/homes", "/setup/team", "/setup/settings", "/setup/channels", "/setup/templates", "/setup/webhooks", "/setup/webhooks/new", "/accounts", "/account", "/find?q=a", "/gallery")
	g.shoot(g.first("/residents", `main a[href^="/residents/res_"]`)...)
	g.shoot(g.first("/units", `main a[href^="/units/unt_"]`)...)
	g.shoot(g.first("/imports", `main a[href^="/imports/imp_"]`, "", "/undo")...)
	g.shoot(g.first("/playbooks", `main a[href^="/playbooks/"]:not([href$="/new"])`, "", "/edit", "/simulate")...)
	g.enter(step{kind: "as", what: "resident"})
	g.shoot("/home", "/home/repair", "/home/repairs", "/home/messages", "/home/wishes", "/home/known")
}

// first gives the address of the first thing in a list, with each ending.
func (g *guest) first(list, link string, endings ...string) []string {
	g.t.Helper()
	s := step{kind: "open", what: list}
	g.do(s, chromedp.Navigate(g.d.address+list), chromedp.WaitReady(link))
	at, err := chromedp.Run(g.ctx, chromedp.Evaluate[string]("document.querySelector("+quoted(link)+").getAttribute('href')"))
	if err != nil {
		g.fail(s, err)
	}
	if len(endings) == 0 {
		return []string{at}
	}
	var out []string
	for _, e := range endings {
		out = append(out, at+e)
	}
	return out
}

// shoot takes pictures of pages. What names one thing in an address is left out of the picture's name.
func (g *guest) shoot(paths ...string) {
	g.t.Helper()
	one := regexp.MustCompile(`(res|imp|unt)_\w+`)
	for _, path := range paths {
		name := strings.Trim(regexp.MustCompile(`[/?=]+`).ReplaceAllString(one.ReplaceAllString(path, "one"), "-"), "-")
		if name == "" {
			name = "today"
		}
		for _, s := range []pagetest.Screen{{Width: 390, Height: 844}, {Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}} {
			theme := ""
			if s.Dark {
				theme = "-dark"
			}
			sight := pagetest.Look(g.t, g.ctx, g.d.address+path, s, name)
			if sight.Overflow > 0 {
				g.t.Errorf("%s is wider than a screen of %d by %d", path, s.Width, sight.Overflow)
			}
			g.width = s.Width
			g.picture(step{kind: "picture", what: fmt.Sprintf("all/%s-%d%s.png", name, s.Width, theme)})
		}
		g.large(path, name)
	}
}

// large looks at a page on a telephone with letters twice as large: whatever is to be seen lies within the screen.
func (g *guest) large(path, name string) {
	g.t.Helper()
	pagetest.Look(g.t, g.ctx, g.d.address+path, pagetest.Screen{Width: 390, Height: 844}, name)
	out, err := chromedp.Run(g.ctx, chromedp.Evaluate[[]string](`(() => {
		document.documentElement.style.fontSize = '200%';
		const most = document.documentElement.clientWidth, seen = e => e.checkVisibility() && !e.closest('.away, svg, .scroll, details:not([open]) > :not(summary)');
		return [...document.querySelectorAll('body *')].filter(e => { const b = e.getBoundingClientRect(); return b.width && seen(e) && (b.right > most + 1 || b.left < -1); })
			.map(e => e.tagName + '.' + e.className + ' ' + (e.innerText || '').slice(0, 40)); })()`))
	if err != nil || len(out) > 0 {
		g.t.Errorf("%s with letters twice as large: %q sticks out (%v)", path, out, err)
	}
	g.width = 390
	g.picture(step{kind: "picture", what: fmt.Sprintf("all/%s-large.png", name)})
}
