package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// hearth webhook has a program hear, tests, pauses, resumes and removes it, and refuses what the page refuses.
func TestWebhook(t *testing.T) {
	data := oak(t)
	answer := http.StatusNoContent
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) }))
	defer far.Close()
	on := func(args ...string) (int, string) {
		t.Helper()
		code, out, errOut := runs(t, append([]string{"webhook", args[0], "--data", data}, args[1:]...)...)
		return code, out + errOut
	}
	allow := "--webhook-allow=127.0.0.0/8"
	host := strings.TrimPrefix(far.URL, "http://")
	walk := func(steps []struct {
		args []string
		code int
		must string
	}) {
		t.Helper()
		for _, tt := range steps {
			if code, said := on(tt.args...); code != tt.code || !strings.Contains(said, tt.must) {
				t.Errorf("%v: %d %s, want %d with %q", tt.args, code, said, tt.code, tt.must)
			}
		}
	}
	type steps = []struct {
		args []string
		code int
		must string
	}
	walk(steps{
		{[]string{"list"}, 0, "No other program hears"},
		{[]string{"list", "--json"}, 0, "[]"},
		{[]string{"add", far.URL, "--type", "workorder.opened", "--every"}, 1, "https://"},
		{[]string{"add", "https://10.0.0.1/", "--type", "workorder.opened", "--every"}, 1, "inside the house"},
		{[]string{"add", far.URL, "--type", "workorder.opened", allow}, 1, "--property NAME, or --every"},
		{[]string{"add", far.URL, "--type", "workorder.opened", "--every", "--property", "Oak Court", allow}, 1, "--property NAME, or --every"},
		{[]string{"add", far.URL, "--type", "no.such", "--every", allow}, 1, "no.such"},
		{[]string{"add", far.URL, "--type", "welfare.concern", "--every", allow}, 1, "for a few people only"},
		{[]string{"add", far.URL, "--type", "workorder.opened", "--property", "Elm Court", allow}, 1, "Elm Court"},
		{[]string{"add", far.URL, "--type", "workorder.opened", "--property", "", allow}, 1, "property"},
		{[]string{"add", far.URL, "--type", "workorder.opened", "--every", "--as", "Nobody", allow}, 1, "Nobody on the team"},
	})
	code, said := on("add", far.URL+"/hear", "--type", "workorder.opened,task.done", "--property", "Oak Court", "--note", "The owner's reports", allow)
	if words := strings.Fields(said); code != 0 || !strings.HasPrefix(words[len(words)-1], "whsec_") {
		t.Fatalf("added: %d %s", code, said)
	}
	id := regexp.MustCompile(`whk_\w+`).FindString(said)
	walk(steps{
		{[]string{"list"}, 0, "Oak Court"},
		{[]string{"list"}, 0, "workorder.opened, task.done"},
		{[]string{"list"}, 0, "added by The operator"},
		{[]string{"list", "--json"}, 0, `"note":"The owner's reports"`},
		{[]string{"test", id, allow}, 0, "took the test"},
		{[]string{"test", host, allow}, 0, "took the test"},
		{[]string{"pause", "whk_none"}, 1, "There is no webhook"},
		{[]string{"pause", id, "--as", "Nobody"}, 1, "Nobody on the team"},
		{[]string{"pause", id}, 0, "until somebody resumes"},
		{[]string{"list"}, 0, "paused by The operator"},
		{[]string{"resume", host}, 0, "with what it missed"},
		{[]string{"list"}, 0, "resumed by The operator"},
	})
	if _, said := on("list", "--json"); strings.Contains(said, "whsec_") {
		t.Errorf("the list holds the secret: %s", said)
	}
	answer = http.StatusServiceUnavailable
	walk(steps{
		{[]string{"test", id, allow}, 1, "It answered with 503"},
		{[]string{"add", far.URL + "/other", "--type", "workorder.opened", "--every", allow}, 0, "whsec_"},
		{[]string{"list"}, 0, "every property"},
		{[]string{"pause", host}, 1, "2 webhooks are called"},
		{[]string{"remove", id}, 0, "hears nothing any more"},
		{[]string{"remove", id}, 1, "There is no webhook"},
	})
}
