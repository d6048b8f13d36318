package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/desk/texting"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// Who wants no more of what comes in pages, the newest first, each once, also those of one moment and while the list changes between two
// pages; what it says is whom it binds, by which ways, how it was told, in whose words and by when somebody has to have read it.
func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.texting()
		ben := b.tenants(11)
		path := "/api/v1/refusals?property=" + string(b.property)
		all := b.refusals(path, 200)
		if len(all) != 14 {
			t.Fatalf("%d refusals, want 14: %+v", len(all), all)
		}
		var got []string
		for _, r := range all[:3] {
			got = append(got, fmt.Sprintf("%v %v %s|%s|%s|%s|%s|%s|%t", r.Residents, r.Channels, r.Address, r.Scope, r.Reason, r.Words, r.Said, r.Source, r.Due != nil))
		}
		want := []string{
			fmt.Sprintf("[%s] [sms] +13125550101||may have asked to stop|Everything. They may have asked to stop.|please stop texting me|sms|true", b.ana),
			fmt.Sprintf("[%s] [email] ben@home.example|discretionary||What they can do without. They followed the link under a mail.||unsubscribe link|false", ben),
			fmt.Sprintf("[%s] [call email letter portal push sms] |discretionary||What they can do without. They said so: office.||office|false", b.ana),
		}
		if !slices.Equal(got, want) {
			t.Errorf("the list begins with\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if one := b.page(path + "&limit=5"); len(one.Items) != 5 || one.Next == "" {
			t.Fatalf("a page of five has %d, and %q as the next", len(one.Items), one.Next)
		}
		if some := b.refusals(path, 5); !slices.EqualFunc(some, all, sameRefusal) {
			t.Errorf("in pages of five there are %d, or in another order", len(some))
		}
		b.changing(path, all)
		for q, field := range map[string]string{"&cursor=zzz": "cursor", "&limit=0": "limit", "&limit=201": "limit"} {
			if rec := b.do(request{"GET", path + q, "read", nil, ""}); rec.Code != 422 || !strings.Contains(rec.Body.String(), field) || strings.Contains(rec.Body.String(), "zzz") {
				t.Errorf("%s answers %d %s", q, rec.Code, rec.Body)
			}
		}
		for q, status := range map[string]int{"": 422, "?property=prp_none": 404} {
			if rec := b.do(request{"GET", "/api/v1/refusals" + q, "read", nil, ""}); rec.Code != status {
				t.Errorf("%q answers %d, want %d", q, rec.Code, status)
			}
		}
	})
}

// changing lifts one of the first page and adds a newer one between two pages: the second page is what it would have been.
func (b *bench) changing(path string, all []refusalItem) {
	b.Helper()
	first := b.page(path + "&limit=5")
	b.clock.Advance(time.Minute)
	b.write(func(ctx context.Context, tx *db.Tx) error {
		if err := b.api.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelLetter, Resident: all[4].Residents[0], Property: b.property, Source: "office"}); err != nil {
			return err
		}
		return b.api.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: all[4].Address, Resident: all[4].Residents[0], Property: b.property, Source: "office", Allowed: true, Purpose: all[4].Scope})
	})
	second := b.page(path + "&limit=5&cursor=" + first.Next)
	if !slices.EqualFunc(second.Items, all[5:10], sameRefusal) {
		b.Errorf("after a change before it the second page is another one: %+v", second.Items)
	}
}

func sameRefusal(a, b refusalItem) bool {
	return slices.Equal(a.Residents, b.Residents) && slices.Equal(a.Channels, b.Channels) && a.Scope == b.Scope && a.At.Equal(b.At)
}

type refusalPage struct {
	Items []refusalItem
	Next  string
}

func (b *bench) page(path string) (out refusalPage) {
	b.Helper()
	rec := b.do(request{"GET", path, "read", nil, ""})
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code != 200 {
		b.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
	return out
}

// refusals walks through all pages.
func (b *bench) refusals(path string, limit int) (out []refusalItem) {
	b.Helper()
	cursor := ""
	for range 30 {
		p := b.page(fmt.Sprintf("%s&limit=%d&cursor=%s", path, limit, cursor))
		out = append(out, p.Items...)
		if cursor = p.Next; cursor == "" {
			return out
		}
	}
	b.Fatal("the pages have no end")
	return nil
}

// tenants has so many people refuse mail at one moment, as a list that is imported does, then Ana and Ben say more. It gives Ben.
func (b *bench) tenants(n int) hearth.ResidentID {
	b.Helper()
	b.clock.Advance(time.Minute)
	b.write(func(ctx context.Context, tx *db.Tx) error {
		for i := range n {
			name := fmt.Sprintf("p%02d", i)
			home, err := b.api.Records.PutHome(ctx, tx, record.News{Source: "test", EventID: "home-" + name}, record.Home{Property: b.property, Unit: record.Unit{Label: "9" + name},
				Members: []record.Member{{Resident: record.Resident{First: name, Email: name + "@home.example"}, External: name}}})
			if err != nil {
				return err
			}
			who := home.Members[0].ID
			if err := b.api.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: name + "@home.example", Purpose: "event.party", Resident: who, Property: b.property,
				Source: "rolls", Evidence: "the list of 2026"}); err != nil {
				return err
			}
		}
		return nil
	})
	b.clock.Advance(time.Minute)
	head := map[string]string{"Content-Type": "application/json"}
	if status, _, answer := b.call("POST", "/api/v1/residents/R-1/consents", "tasks:write", head, `{"channel":"all","purpose":"discretionary","allowed":false,"source":"office"}`); status != 200 {
		b.Fatalf("%d %s", status, answer)
	}
	b.clock.Advance(time.Minute)
	var ben hearth.ResidentID
	b.write(func(ctx context.Context, tx *db.Tx) error {
		all, err := b.api.Records.ResidentsByEmail(ctx, tx, "ben@home.example")
		if err != nil {
			return err
		}
		ben = all[0].ID
		return b.api.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: "ben@home.example", Purpose: consent.Discretionary, Resident: ben, Property: b.property, Source: "unsubscribe link"})
	})
	b.clock.Advance(time.Minute)
	b.must(b.api.Texting.Hear(context.Background(), texting.Text{Ref: "SM1", From: "+13125550101", Body: "please stop texting me"}))
	return ben
}
