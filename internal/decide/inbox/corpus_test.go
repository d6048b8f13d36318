package inbox

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/channel/bounce"
	"hearth/internal/base/channel/bounce/corpus"
	"hearth/internal/base/db"
)

// TestCorpusComesIn has every mail of the corpus come back about a message of its own, each to an address of its own: once to
// the address that the mail carried, and once to one that somebody made up. It counts what stops an address, and prints it.
func TestCorpusComesIn(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		items, err := corpus.All(corpus.About{To: "x", Recipient: "x@x.example", MessageID: "x"})
		must(t, err)
		o.queue(len(items))
		type want struct {
			item    corpus.Item
			address string
			id      hearth.MessageID
			letter  string
		}
		var all []want
		for i := range items {
			id, address := name("c", i), fmt.Sprintf("r%03d@home.example", i)
			e := o.out.mails[id]
			mine, err := corpus.All(corpus.About{To: e.EnvelopeFrom, Recipient: address, MessageID: id + "@oak.example"})
			must(t, err)
			forged, err := corpus.All(corpus.About{To: forge(e.EnvelopeFrom), Recipient: address, MessageID: id + "@oak.example"})
			must(t, err)
			// The forged one comes first: if it did anything, it would be seen.
			o.keep(forged[i], forge(e.EnvelopeFrom), "forged-")
			w := want{item: mine[i], address: address, id: hearth.MessageID(id)}
			w.letter = o.keep(mine[i], e.EnvelopeFrom, "")
			all = append(all, w)
		}
		o.readForged()
		byForged := 0
		for _, w := range all {
			if o.stopped(w.address) != "" {
				byForged++
				t.Errorf("a forged %s stops %s", w.item.Name, w.address)
			}
		}
		o.read()
		counts := map[string]int{}
		for _, w := range all {
			stops := o.stopped(w.address) != ""
			wants := w.item.Want == bounce.Hard || w.item.Want == bounce.Complaint
			switch {
			case stops && wants:
				counts["stopped rightly"]++
			case stops:
				counts["stopped wrongly"]++
				t.Errorf("%s (%s) stops an address", w.item.Name, w.item.Want)
			case wants:
				counts["not stopped"]++
				t.Errorf("%s (%s) does not stop the address: %+v", w.item.Name, w.item.Want, o.letter(w.letter).Outcome)
			default:
				counts["left alone"]++
			}
			if st := o.message(w.id).State; (st == message.Bounced) != (w.item.Want == bounce.Hard || w.item.Want == bounce.Soft) {
				t.Errorf("%s (%s): its message is %s", w.item.Name, w.item.Want, st)
			}
			if l := o.letter(w.letter); l.State != letterbox.Done && l.State != letterbox.Unplaced || l.Note == "" {
				t.Errorf("%s is %s: %q", w.item.Name, l.State, l.Note)
			}
		}
		t.Logf("%d mails, each forged once too: %d stopped by forged ones, %v", len(all), byForged, counts)
	})
}

// queue sends n mails to n people who are no residents on record.
func (o *office) queue(n int) {
	o.t.Helper()
	var msgs []message.Message
	for i := range n {
		address := fmt.Sprintf("r%03d@home.example", i)
		msgs = append(msgs, message.Message{ID: hearth.MessageID(name("c", i)), Property: o.oak, Resident: o.cleo, State: message.Queued, Class: hearth.ClassService,
			Purpose: "service.update", Channel: hearth.ChannelEmail, Address: address, AddressKey: address, Subject: "s", Body: "b"})
	}
	o.write(func(ctx context.Context, tx *db.Tx) error { return o.box.Messages.Insert(ctx, tx, msgs) })
	must(o.t, o.sender.Drain(context.Background()))
}

// forge changes one letter of an address's proof.
func forge(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	last := local[len(local)-1]
	other := byte('0')
	if last == '0' {
		other = '1'
	}
	return local[:len(local)-1] + string(other) + "@" + domain
}

// keep has one mail of the corpus come in; mark makes it another mail.
func (o *office) keep(it corpus.Item, rcpt, mark string) string {
	o.t.Helper()
	raw := it.Raw
	if mark != "" {
		raw = append(raw, []byte("\r\n"+mark)...)
	}
	id, fresh, err := o.box.Keep(context.Background(), letterbox.Incoming{Source: "test" + mark, Sender: it.Sender, Rcpt: []string{rcpt}, Raw: raw})
	must(o.t, err)
	if !fresh {
		o.t.Fatalf("%s%s is there already", mark, it.Name)
	}
	return id
}

// readForged reads the letters that were forged and leaves the others.
func (o *office) readForged() {
	o.t.Helper()
	ctx := context.Background()
	var forged []opened
	must(o.t, o.db.Read(ctx, func(tx *db.Tx) error {
		waiting, err := o.box.Letters.Waiting(ctx, tx, 10000)
		for _, l := range waiting {
			if l.Source != "testforged-" {
				continue
			}
			raw, err := o.box.Letters.Raw(ctx, tx, l.ID)
			if err != nil {
				return err
			}
			read, err := o.box.look(l, raw)
			if err != nil {
				return err
			}
			forged = append(forged, read)
		}
		return err
	}))
	if len(forged) == 0 {
		o.t.Fatal("nothing was forged")
	}
	o.write(func(ctx context.Context, tx *db.Tx) error { return o.box.actOnAll(ctx, tx, forged) })
}
