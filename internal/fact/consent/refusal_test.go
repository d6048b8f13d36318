package consent

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// One list of who refused what, by whichever way it was said; a dead address, a yes, and what was lifted again are not in it, nor is
// another property's.
func TestOneListOfWhatWasRefused(t *testing.T) {
	eachBook(t, func(t *testing.T, b *book) {
		l, err := eventlog.New(b.d)
		if err != nil {
			t.Fatal(err)
		}
		records := record.New(l, rand.Reader)
		var oak, elm hearth.PropertyID
		who := map[string]hearth.ResidentID{}
		b.must(func(ctx context.Context, tx *db.Tx) error {
			for _, at := range []struct {
				id   *hearth.PropertyID
				name string
				in   []string
			}{{&oak, "Oak Court", []string{"Ana", "Ben", "Cleo", "Dee"}}, {&elm, "Elm Row", []string{"Eve"}}} {
				p, _, err := records.PutProperty(ctx, tx, record.News{}, record.Property{Name: at.name, Zone: "America/New_York", ZoneHow: "told", ZoneConfirmed: true})
				if err != nil {
					return err
				}
				*at.id = p.ID
				for i, first := range at.in {
					number := fmt.Sprintf("+121255501%02d", len(who))
					if first == "Ben" {
						number = phone // shared with Ana
					}
					if first == "Ana" {
						number = phone
					}
					res, err := records.PutHome(ctx, tx, record.News{Cause: first}, record.Home{Property: p.ID, Unit: record.Unit{Label: fmt.Sprint(at.name[:1], i)},
						Members: []record.Member{{Resident: record.Resident{First: first, Email: strings.ToLower(first) + "@home.example", Phone: number, Role: hearth.MemberLeaseholder}}}})
					if err != nil {
						return err
					}
					who[first] = res.Members[0].ID
				}
			}
			return nil
		})
		b.must(func(ctx context.Context, tx *db.Tx) error {
			if _, err := b.Stop(ctx, tx, Stop{Channel: hearth.ChannelSMS, AddressKey: phone, Reason: ReasonStop, Source: "sms", Evidence: "STOP"}); err != nil {
				return err
			}
			return b.Set(ctx, tx, Grant{Channel: hearth.ChannelSMS, AddressKey: phone, Resident: who["Ana"], Property: oak, Source: "sms", Evidence: "STOP"})
		})
		b.must(func(ctx context.Context, tx *db.Tx) error { // the link under a mail
			return b.Set(ctx, tx, Grant{Channel: hearth.ChannelEmail, AddressKey: "cleo@home.example", Purpose: Discretionary, Resident: who["Cleo"], Property: oak, Source: "unsubscribe link", Evidence: "msg_1"})
		})
		b.must(func(ctx context.Context, tx *db.Tx) error { // one tap for every channel
			return b.SetAll(ctx, tx, Grant{Purpose: Discretionary, Resident: who["Dee"], Property: oak, Source: "portal", Evidence: "the button in their pages"},
				Reach{Email: "dee@home.example", Phone: "+12125550103"})
		})
		b.must(func(ctx context.Context, tx *db.Tx) error {
			if _, err := b.Stop(ctx, tx, Stop{Channel: hearth.ChannelEmail, AddressKey: "ben@home.example", Reason: ReasonBounce}); err != nil {
				return err
			}
			if _, err := b.Stop(ctx, tx, Stop{Channel: hearth.ChannelEmail, AddressKey: "eve@home.example", Reason: ReasonComplaint}); err != nil {
				return err
			}
			if err := b.Set(ctx, tx, Grant{Channel: hearth.ChannelEmail, AddressKey: "ana@home.example", Allowed: true, Resident: who["Ana"], Property: oak, Source: "lease"}); err != nil {
				return err
			}
			if _, err := b.Stop(ctx, tx, Stop{Channel: hearth.ChannelEmail, AddressKey: "ana@home.example", Reason: ReasonPerson}); err != nil {
				return err
			}
			_, err := b.Lift(ctx, tx, Stop{Channel: hearth.ChannelEmail, AddressKey: "ana@home.example", Reason: "a mistake"})
			return err
		})
		var got []string
		var all []Refusal
		b.must(func(ctx context.Context, tx *db.Tx) (err error) {
			all, err = b.Refusals(ctx, tx, records, oak)
			return err
		})
		for _, r := range all {
			names := []string{}
			for name, id := range who {
				if slices.Contains(r.People, id) {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			got = append(got, fmt.Sprintf("%s %v %s: %s (%s)", strings.Join(names, "+"), r.Channels, r.ScopeWords(), r.HowWords(), r.Evidence))
		}
		want := []string{
			"Dee [call email letter portal push sms] What they can do without: They said so in their pages (the button in their pages)",
			"Cleo [email] What they can do without: They followed the link under a mail (msg_1)",
			"Ana+Ben [sms] Everything: They answered STOP (STOP)",
		}
		if !slices.Equal(got, want) {
			t.Errorf("the list is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
