package corpus

import (
	"testing"

	"hearth/internal/base/channel/bounce"
	"hearth/internal/base/channel/inbound"
)

// TestCorpus classifies every mail of the corpus and prints the counts. None of an automatic answer, of a warning or of
// what a person wrote may be taken for a reason to stop an address.
func TestCorpus(t *testing.T) {
	all, err := All(About{To: "b+abc.def@mail.hearth.example", Recipient: "ana.ruiz@home.example", MessageID: "msg_1@oak.example"})
	if err != nil {
		t.Fatal(err)
	}
	c := bounce.New()
	type count struct{ all, right int }
	counts := map[bounce.Class]*count{}
	right, stops, hasRecipient, failures := 0, 0, 0, 0
	for _, it := range all {
		v := c.Classify(inbound.Parse(it.Raw), it.Sender)
		n := counts[it.Want]
		if n == nil {
			n = &count{}
			counts[it.Want] = n
		}
		n.all++
		if v.Class == it.Want {
			n.right++
			right++
		} else {
			t.Logf("%s: %s, want %s (%s; %s %q)", it.Name, v.Class, it.Want, v.Reason, v.Code, v.Said)
		}
		if stop := v.Class == bounce.Hard || v.Class == bounce.Complaint; stop && it.Want != bounce.Hard && it.Want != bounce.Complaint {
			stops++
			t.Errorf("%s would stop an address: %s", it.Name, v.Reason)
		}
		if it.Want == bounce.Hard || it.Want == bounce.Soft {
			failures++
			if v.Recipient == "ana.ruiz@home.example" {
				hasRecipient++
			}
		}
		if v.Reason == "" {
			t.Errorf("%s has no reason", it.Name)
		}
	}
	for class, n := range counts {
		t.Logf("%-10s %3d of %3d", class, n.right, n.all)
	}
	t.Logf("%d mails, %d right (%.1f %%), %d stopped by mistake; %d of %d failures name the recipient", len(all), right, 100*float64(right)/float64(len(all)), stops, hasRecipient, failures)
	if len(all) < 200 || right*100 < len(all)*98 {
		t.Errorf("%d of %d right, want 98 %% of at least 200", right, len(all))
	}
}
