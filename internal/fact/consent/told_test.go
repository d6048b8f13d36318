package consent

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// What the team was told counts, stands in the list with how and by whom, and taken back leaves what counted before: by each way, also a way about
// which nobody had said a word.
func TestWhatTheTeamWasTold(t *testing.T) {
	pat := hearth.Actor{Kind: "staff", ID: "stf_pat", Name: "Pat Moss"}
	to := Reach{Email: "ana@home.example", Phone: phone}
	eachBook(t, func(t *testing.T, b *book) {
		open := func(ch hearth.Channel, class hearth.Class) (yes bool) {
			key := map[hearth.Channel]string{hearth.ChannelEmail: to.Email, hearth.ChannelSMS: to.Phone}[ch]
			b.must(func(ctx context.Context, tx *db.Tx) error {
				a, err := b.Check(ctx, tx, []Ask{{Resident: "res_ana", Channel: ch, AddressKey: key, Purpose: "event.party", Class: class}})
				yes = a[0].Allowed
				return err
			})
			return yes
		}
		wants := func(when string, textService, mailNews, letterNews bool) {
			t.Helper()
			if a, m, l := open(hearth.ChannelSMS, hearth.ClassService), open(hearth.ChannelEmail, hearth.ClassRelation), open(hearth.ChannelLetter, hearth.ClassRelation); a != textService || m != mailNews || l != letterNews {
				t.Errorf("%s: texts %t, news by mail %t, by letter %t; want %t, %t, %t", when, a, m, l, textService, mailNews, letterNews)
			}
		}
		refuse := func(g Grant) (at time.Time, counts, ways int) {
			t.Helper()
			b.must(func(ctx context.Context, tx *db.Tx) (err error) {
				if at = g.At; at.IsZero() {
					at = tx.Now()
				}
				g.At, g.Resident, g.Property, g.Actor = at, "res_ana", "prp_oak", pat
				counts, ways, err = b.Refuse(ctx, tx, g, to)
				return err
			})
			return at, counts, ways
		}
		back := func(at time.Time) error {
			return b.do(func(ctx context.Context, tx *db.Tx) error { return b.TakeBack(ctx, tx, pat, "res_ana", "prp_oak", at) })
		}
		b.must(func(ctx context.Context, tx *db.Tx) error { // texts were allowed by the lease
			return b.Set(ctx, tx, Grant{Channel: hearth.ChannelSMS, AddressKey: phone, Allowed: true, Resident: "res_ana", Property: "prp_oak", Source: "lease"})
		})
		wants("at first", true, true, true)

		texts, counts, ways := refuse(Grant{Channel: hearth.ChannelSMS, Source: SourceTelephone, Evidence: "no more of these"})
		wants("no texts", false, true, true)
		if counts != 1 || ways != 1 {
			t.Errorf("counts by %d of %d ways", counts, ways)
		}
		b.must(func(ctx context.Context, tx *db.Tx) error {
			all, err := b.RefusalsOf(ctx, tx, "res_ana", to)
			if len(all) != 1 || !all[0].ToTeam() || all[0].HowWords() != "They said so on the telephone" || all[0].Said != "no more of these" || all[0].Actor.ID != pat.ID {
				t.Errorf("%+v", all)
			}
			return err
		})
		if err := back(texts); err != nil {
			t.Fatal(err)
		}
		wants("taken back", true, true, true)
		if err := back(texts); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("taken back twice: %v", err)
		}
		if err := back(texts.Add(time.Second)); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("what was never said is taken back: %v", err)
		}

		news, counts, ways := refuse(Grant{Channel: Everything, Purpose: Discretionary, Source: SourceInPerson})
		wants("no news", true, false, false)
		if counts != 6 || ways != 6 {
			t.Errorf("counts by %d of %d ways", counts, ways)
		}
		all, _, _ := refuse(Grant{Channel: Everything, Source: SourceLetter, Evidence: "in the folder of 4B"})
		wants("nothing at all", false, false, false)
		if !open(hearth.ChannelEmail, hearth.ClassSafety) {
			t.Error("safety has to reach them")
		}
		if err := back(all); err != nil {
			t.Fatal(err)
		}
		wants("only no news, as before", true, false, false)
		// Told again, and a mistake again: what was taken back before does not come back by that.
		again, _, _ := refuse(Grant{Channel: hearth.ChannelSMS, Source: SourceInPerson})
		if err := back(again); err != nil {
			t.Fatal(err)
		}
		wants("taken back once more", true, false, false)
		if err := back(news); err != nil {
			t.Fatal(err)
		}
		wants("nothing is refused", true, true, true)

		// A letter that is read late is older than what they said themselves: it is kept, and counts nowhere.
		if _, counts, ways := refuse(Grant{Channel: hearth.ChannelSMS, Source: SourceLetter, At: b.clock.Now().Add(-48 * time.Hour)}); counts != 0 || ways != 1 {
			t.Errorf("an old letter counts by %d of %d ways", counts, ways)
		}
		wants("an old letter", true, true, true)
		err := b.do(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := b.Refuse(ctx, tx, Grant{Channel: hearth.ChannelSMS, Source: SourceLetter, At: tx.Now().Add(time.Hour), Resident: "res_ana", Property: "prp_oak", Actor: pat}, to)
			return err
		})
		if hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("something of tomorrow: %v", err)
		}
	})
}
