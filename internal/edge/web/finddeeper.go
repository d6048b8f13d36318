package web

import "strings"

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
		if wordBegins(strings.ToLower(d.name+" "+d.also), text) && q.opens(d.href) {
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
