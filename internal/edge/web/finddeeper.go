package web

import (
	"strings"
	"unicode/utf8"
)

// deeper is what can be found beside the menu: things to do that are about nobody in particular, and pages that stand behind others.
// Also are the words by which people look for it.
type deeper struct{ name, href, icon, also string }

func doings() []deeper {
	return []deeper{
		{"Pause everything automatic", "/pause", "pause", "stop hold emergency"},
		{"Write to many", "/broadcasts/new", "megaphone", "new broadcast message everybody building"},
		{"Bring in a file", "/imports/new", "upload", "import csv excel rent roll residents units"},
		{"Begin a playbook", "/playbooks/new", "plus", "new playbook"},
	}
}

func deeperPages() []deeper {
	return []deeper{
		{"Team", "/setup/team", "settings-2", "staff absence away on call hours roles"},
		{"Buildings and units", "/setup/homes", "settings-2", "floor plan"},
		{"How it works here", "/setup/settings", "settings-2", "settings quiet hours holidays office budget voice sender emergency"},
		{"Channels", "/setup/channels", "settings-2", "mail sms text messages test"},
		{"Texts of messages", "/setup/templates", "settings-2", "templates wording"},
		{"Other programs", "/setup/webhooks", "settings-2", "webhooks integrations api secret deliveries"},
		{"Who says nothing", "/insight/people", "chart-line", "quiet discontent nobody knows them"},
		{"Load of the team", "/insight/team", "chart-line", "capacity minutes"},
		{"What is not known", "/insight/gaps", "chart-line", "missing data"},
		{"Balance", "/insight/balance", "chart-line", "fairness"},
		{"Your sign-in", "/account", "key-round", "account password passkey dark light keys devices"},
	}
}

// findDeeper gives those that have the text in their name or among their words, as far as the viewer may open them.
func (q *request) findDeeper(all []deeper, text string) []findItem {
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) < 2 {
		return nil // a letter stands in every one of them
	}
	var out []findItem
	for _, d := range all {
		if (wordBegins(strings.ToLower(d.name+" "+d.also), text) || fuzzy(d.name, text)) && q.opens(d.href) {
			out = append(out, findItem{Icon: d.icon, Name: d.name, Href: d.href})
		}
	}
	return out
}

// wordBegins tells whether text stands in words where a word begins.
func wordBegins(words, text string) bool { return strings.Contains(" "+words, " "+text) }

// opens tells whether there is such a page here and the viewer may see it.
func (q *request) opens(href string) bool {
	if href == "/account" && q.owner() != nil {
		return false
	}
	for _, r := range q.web.routes() {
		if r.pattern == "GET "+href {
			return q.may(r.need)
		}
	}
	return false
}

// fuzzy tells whether somebody who typed text may mean the name: its letters stand in it in their order, the first of them where a word begins, or it
// is a word of the name with one letter wrong, too many, missing or in its neighbour's place. A text of a letter or two has to stand there as it is.
func fuzzy(name, text string) bool {
	name, text = strings.ToLower(name), strings.Join(strings.Fields(strings.ToLower(text)), "")
	plain := strings.ReplaceAll(name, " ", "")
	if strings.Contains(plain, text) {
		return true
	}
	if utf8.RuneCountInString(text) < 3 {
		return false
	}
	for _, word := range append(strings.Fields(name), plain) {
		if oneOff([]rune(word), []rune(text)) || oneOff([]rune(word)[:min(len([]rune(word)), utf8.RuneCountInString(text))], []rune(text)) {
			return true
		}
	}
	return lettersInOrder(name, text)
}

// lettersInOrder tells whether the letters of text stand in name in their order, each at a word's beginning or right behind the one before.
func lettersInOrder(name, text string) bool {
	letters, words := []rune(text), strings.Fields(name)
	for from := range words {
		rest := letters
		for _, w := range words[from:] {
			for i, r := range []rune(w) {
				if len(rest) == 0 || r != rest[0] {
					if i == 0 {
						continue
					}
					break
				}
				rest = rest[1:]
			}
		}
		if len(rest) == 0 {
			return true
		}
	}
	return false
}

// oneOff tells whether two words differ in one letter at most, or in two neighbours that changed places.
func oneOff(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	rest := func(s []rune, n int) string { return string(s[min(len(s), i+n):]) }
	if len(a) < len(b) {
		return rest(a, 0) == rest(b, 1)
	}
	return rest(a, 1) == rest(b, 1) || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && rest(a, 2) == rest(b, 2)
}

// goKey is what is pressed to go to a page of the menu, "" where there is nothing.
func goKey(e entry) string {
	if e.key == "" {
		return ""
	}
	return "v " + e.key
}
