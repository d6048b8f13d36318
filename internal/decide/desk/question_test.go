package desk

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
)

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04 -0700", s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// plainCase is a message against which nothing speaks, apart from the hour.
func plainCase(class hearth.Class, now time.Time, zone *time.Location) *Case {
	return &Case{
		Intent: Intent{ID: "msg_new", Resident: "res_ana", Property: "prp_oak", Class: class, Purpose: "test.news",
			Template: "test", Made: now, Expires: now.Add(life(class))},
		Now: now, Zone: zone,
		Place:  Place{Name: "Oak Court", ZoneConfirmed: true, Quiet: Quiet{1260, 480}, Budget: Budget{Week: 2, Month: 5, Day: 3}},
		Person: Person{Known: true, Name: "Ana Ruiz", Home: "4B", Role: hearth.MemberLeaseholder, Status: "current"},
		Ways:   []Way{{Channel: hearth.ChannelEmail, Address: "ana@example.com", AddressKey: "ana@example.com", Allowed: true}},
		Mood:   Mood{Limit: 0.6},
		Text:   Rendered{Template: "test", Subject: "News", Body: "News.", Short: "News.", ContentKey: "key-new"},
	}
}

func sent(id string, class hearth.Class, at time.Time) Said {
	return Said{ID: hearth.MessageID(id), Class: class, State: "sent", At: at, Resident: "res_ana", Purpose: "other." + id}
}

func TestTheSixQuestions(t *testing.T) {
	noon := at("2026-11-20 12:00 -0500")
	night := at("2026-11-20 22:15 -0500")
	hours := func(n int) time.Time { return noon.Add(-time.Duration(n) * time.Hour) }
	tests := []struct {
		name     string
		class    hearth.Class
		now      time.Time
		change   func(c *Case)
		outcome  string
		question int
		reason   string // part of the sentence
	}{
		{"nothing speaks against it", hearth.ClassService, noon, nil, Sent, 0, "number 1 of 3 today"},
		{"a discretionary one counts", hearth.ClassRelation, noon, nil, Sent, 0, "number 1 of 2 in 7 days"},
		{"an occupant is addressed", hearth.ClassService, noon, func(c *Case) { c.Person.Role = hearth.MemberOccupant }, Sent, 0, ""},
		{"somebody about to move in is addressed", hearth.ClassService, noon, func(c *Case) { c.Person.Status = "future" }, Sent, 0, ""},

		{"a minor never is", hearth.ClassSafety, noon, func(c *Case) { c.Person.Role = hearth.MemberMinor }, Dropped, 1, "recorded as minor"},
		{"a guarantor never is", hearth.ClassLegal, noon, func(c *Case) { c.Person.Role = hearth.MemberGuarantor }, Dropped, 1, "guarantor"},
		{"an emergency contact never is", hearth.ClassSafety, noon, func(c *Case) { c.Person.Role = hearth.MemberEmergency }, Dropped, 1, "emergency contact"},
		{"past residents hear nothing", hearth.ClassPromise, noon, func(c *Case) { c.Person.Status = "past" }, Dropped, 1, "no longer lives here"},
		{"but legal notices", hearth.ClassLegal, noon, func(c *Case) { c.Person.Status = "past" }, Sent, 0, "never capped"},
		{"nobody on record", hearth.ClassService, noon, func(c *Case) { c.Person.Known = false }, Dropped, 1, "no such resident"},
		{"no address goes to a person", hearth.ClassRelation, noon, func(c *Case) { c.Ways[0].Address = "" }, HandedOver, 1, "no address on record"},
		{"opted out of what is not needed", hearth.ClassRelation, noon, func(c *Case) {
			c.Ways[0].Allowed, c.Ways[0].Reason = false, "Ana Ruiz said no to such e-mail on Nov 2."
		}, Dropped, 1, "said no"},
		{"a bounce on a promise goes to a person", hearth.ClassPromise, noon, func(c *Case) {
			c.Ways[0].Allowed, c.Ways[0].Reason = false, "Mail to this address comes back."
		}, HandedOver, 1, "comes back. It is a message about a promise"},

		{"a missing fact goes to a person", hearth.ClassService, noon, func(c *Case) { c.Missing = []string{"lease.end", "staff.name"} }, HandedOver, 2, "lease.end and staff.name, which are not known"},
		{"an unknown template goes to a person", hearth.ClassService, noon, func(c *Case) { c.NoText = "There is no template \"x\"." }, HandedOver, 2, "no template"},
		{"incomplete comes before unfitting", hearth.ClassRelation, noon, func(c *Case) { c.Missing, c.Mood.Frustration = []string{"lease.end"}, 1 }, HandedOver, 2, ""},

		{"frustration is for a person", hearth.ClassService, noon, func(c *Case) { c.Mood.Frustration = 0.6 }, HandedOver, 3, "a person speaks with Ana Ruiz"},
		{"but what a person wrote by hand goes", hearth.ClassService, noon, func(c *Case) {
			c.Mood.Frustration, c.Intent.ByHand = 1, true
			c.Said = []Said{sent("1", hearth.ClassService, hours(1)), sent("2", hearth.ClassService, hours(2)), sent("3", hearth.ClassService, hours(3))}
		}, Sent, 0, "somebody of the team wrote it"},
		{"and keeps the night quiet", hearth.ClassService, night, func(c *Case) { c.Intent.ByHand = true }, Held, 6, "quiet hours"},
		{"not yet frustration", hearth.ClassService, noon, func(c *Case) { c.Mood.Frustration = 0.59 }, Sent, 0, ""},
		{"a person has it in hand", hearth.ClassRelation, noon, func(c *Case) {
			c.Mood.Frustration, c.Mood.Episode = 0.5, Episode{Open: true, Task: "tsk_1", Opened: hours(48)}
		}, HandedOver, 3, "one more draft"},
		{"a person has spoken with them", hearth.ClassRelation, noon, func(c *Case) {
			c.Mood.Frustration, c.Mood.Episode = 0.9, Episode{Open: true, Task: "tsk_1", Spoken: true}
		}, Sent, 0, ""},
		{"the task was called off", hearth.ClassRelation, noon, func(c *Case) {
			c.Mood.Frustration, c.Mood.Episode = 0.9, Episode{Open: true, Task: "tsk_1", Lost: true}
		}, HandedOver, 3, "a person speaks"},
		{"the property's own limit", hearth.ClassService, noon, func(c *Case) { c.Mood.Frustration, c.Mood.Limit = 0.6, 0.7 }, Sent, 0, ""},
		{"an answer is never a draft", hearth.ClassAnswer, noon, func(c *Case) { c.Mood.Frustration, c.Intent.Human = 1, true }, Sent, 0, ""},
		{"safety is never a draft", hearth.ClassSafety, noon, func(c *Case) { c.Mood.Frustration, c.Intent.Human = 1, true }, Sent, 0, ""},
		{"legal is never a draft", hearth.ClassLegal, noon, func(c *Case) { c.Mood.Frustration, c.Intent.Human = 1, true }, Sent, 0, ""},
		{"in a moment for people it is a draft", hearth.ClassService, noon, func(c *Case) { c.Intent.Human = true }, HandedOver, 3, "a moment for a person"},

		{"a situation holds what can wait", hearth.ClassRelation, noon, func(c *Case) {
			c.Standing = Standing{Situation: true, Until: noon.Add(48 * time.Hour)}
		}, Held, 3, "a situation set by a person"},
		{"and a survey of any class", hearth.ClassService, noon, func(c *Case) {
			c.Standing, c.Intent.Purpose = Standing{Situation: true, Until: noon.Add(48 * time.Hour)}, "survey.repair"
		}, Held, 3, "a situation set by a person"},
		{"but not service", hearth.ClassService, noon, func(c *Case) {
			c.Standing = Standing{Situation: true, Until: noon.Add(48 * time.Hour)}
		}, Sent, 0, ""},
		{"everything has stopped", hearth.ClassSafety, noon, func(c *Case) {
			c.Standing = Standing{Situation: true, Stopped: true}
		}, Dropped, 1, "a situation set by a person"},
		{"a legal notice is a person's then", hearth.ClassLegal, noon, func(c *Case) {
			c.Standing = Standing{Situation: true, Stopped: true}
		}, HandedOver, 1, "a person decides"},
		{"a pause holds, even what is late", hearth.ClassPromise, noon, func(c *Case) {
			c.Standing.Paused, c.Intent.Expires = "the property was paused on 20 November 2026: a flood", hours(3)
		}, Held, 1, "a flood"},
		{"a promise is kept although they are upset", hearth.ClassPromise, noon, func(c *Case) { c.Mood.Frustration = 1 }, Sent, 0, ""},
		{"no pitch over an urgent request", hearth.ClassRelation, noon, func(c *Case) { c.Mood.UrgentOpen = 1 }, Held, 3, "urgent work order open"},
		{"no survey either", hearth.ClassService, noon, func(c *Case) { c.Mood.UrgentOpen, c.Intent.Purpose = 1, "survey.repair" }, Held, 3, "urgent work order open; a survey waits"},
		{"no pitch over a fresh complaint", hearth.ClassRelation, noon, func(c *Case) { c.Mood.Complaint = true }, Held, 3, "nobody has answered yet; a relation message waits"},
		{"no survey over one", hearth.ClassService, noon, func(c *Case) { c.Mood.Complaint, c.Intent.Purpose = true, "survey.repair" }, Held, 3, "a survey waits until somebody has"},
		{"what a person writes may be its answer", hearth.ClassRelation, noon, func(c *Case) { c.Mood.Complaint, c.Intent.ByHand = true, true }, Sent, 0, ""},
		{"service goes on over it", hearth.ClassService, noon, func(c *Case) { c.Mood.Complaint = true }, Sent, 0, ""},
		{"service goes on over an urgent request", hearth.ClassService, noon, func(c *Case) { c.Mood.UrgentOpen = 1 }, Sent, 0, ""},

		{"the same content again", hearth.ClassService, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "delivered", ContentKey: "key-new", At: hours(20), Resident: "res_ana"}}
		}, Dropped, 4, "The same was decided yesterday 16:00."},
		{"the same content long after", hearth.ClassService, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "delivered", ContentKey: "key-new", At: hours(73), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"a dropped one was not said", hearth.ClassService, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "dropped", ContentKey: "key-new", At: hours(1), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"an answer is given as often as it is asked for", hearth.ClassAnswer, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", ContentKey: "key-new", At: hours(0), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"also when another node's clock is ahead", hearth.ClassAnswer, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", ContentKey: "key-new", Purpose: "test.news", At: noon.Add(time.Second), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"once per address", hearth.ClassLegal, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "queued", ContentKey: "key-new", At: hours(1), Resident: "res_luis", AddressKey: "ana@example.com"}}
		}, Dropped, 4, "others in the home share"},
		{"another address of the home gets its own", hearth.ClassLegal, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "queued", ContentKey: "key-new", At: hours(1), Resident: "res_luis", AddressKey: "luis@example.com"}}
		}, Sent, 0, ""},
		{"the same purpose within its window", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", At: hours(13 * 24), Resident: "res_ana"}}
		}, Dropped, 4, "not repeated within 14 days"},
		{"the same purpose, from another system", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", ContentKey: message.ElsewherePrefix + "rentbank", At: hours(2), Resident: "res_ana"}}
		}, Dropped, 4, "Another system (rentbank) told them so today 10:00 (test news); it is not repeated within 14 days."},
		{"the same purpose, from another system, longer ago", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", ContentKey: message.ElsewherePrefix + "rentbank", At: hours(15 * 24), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"another system told somebody at the address", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", ContentKey: message.ElsewherePrefix + "rentbank", At: hours(2), Resident: "res_luis", AddressKey: "ana@example.com"}}
		}, Dropped, 4, "told somebody at the same address so today 10:00"},
		{"another system told a neighbour", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", ContentKey: message.ElsewherePrefix + "rentbank", At: hours(2), Resident: "res_luis", AddressKey: "luis@example.com"}}
		}, Sent, 0, ""},
		{"service, told by another system today", hearth.ClassService, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", ContentKey: message.ElsewherePrefix + "rentbank", At: hours(2), Resident: "res_ana"}}
		}, Dropped, 4, "not repeated within 1 day"},
		{"of one repair another system may have told of another", hearth.ClassService, noon, func(c *Case) {
			c.Intent.Topic = "workorder.7"
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", ContentKey: message.ElsewherePrefix + "rentbank", At: hours(2), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"what must be said is said all the same", hearth.ClassLegal, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", ContentKey: message.ElsewherePrefix + "rentbank", At: hours(2), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"the same purpose, still waiting", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "held", Purpose: "test.news", At: hours(20 * 24), Resident: "res_ana"}}
		}, Dropped, 4, "still waits to be said"},
		{"the same purpose, held until an end that is still to come", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "held", Purpose: "test.news", At: hours(20 * 24), Expires: noon.Add(time.Millisecond), Resident: "res_ana"}}
		}, Dropped, 4, "still waits to be said"},
		{"what was held beyond its end keeps nothing back", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "held", Purpose: "test.news", ContentKey: "key-new", At: hours(20 * 24), Expires: noon, Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"the template's own window", hearth.ClassRelation, noon, func(c *Case) {
			c.Window = 36 * time.Hour
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", At: hours(37), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"two repairs are two pieces of news", hearth.ClassService, noon, func(c *Case) {
			c.Said = []Said{{ID: "a", State: "sent", Purpose: "test.news", ContentKey: "key-other", At: hours(1), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"itself is not another", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{{ID: "msg_new", State: "held", Purpose: "test.news", ContentKey: "key-new", At: hours(1), Resident: "res_ana"}}
		}, Sent, 0, ""},
		{"a small note joins another", hearth.ClassService, noon, func(c *Case) {
			c.Pressing = Digest{"msg_first", hearth.ClassService, hearth.ChannelEmail, "ana@example.com"}
		}, Merged, 4, "one message"},
		{"a long one does not", hearth.ClassService, noon, func(c *Case) {
			c.Text.Short = ""
			c.Pressing = Digest{"msg_first", hearth.ClassService, hearth.ChannelEmail, "ana@example.com"}
		}, Sent, 0, ""},
		{"a promotion does not", hearth.ClassPromotion, noon, func(c *Case) {
			c.Pressing = Digest{"msg_first", hearth.ClassService, hearth.ChannelEmail, "ana@example.com"}
		}, Sent, 0, ""},
		{"a relation note needs budget to join a service message", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{sent("a", hearth.ClassRelation, hours(30)), sent("b", hearth.ClassPromotion, hours(50))}
			c.Pressing = Digest{"msg_first", hearth.ClassService, hearth.ChannelEmail, "ana@example.com"}
		}, Held, 5, "2 messages"},

		{"two in seven days", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{sent("a", hearth.ClassRelation, hours(30)), sent("b", hearth.ClassPromotion, hours(150))}
		}, Held, 5, "Held until tomorrow 08:00: Ana Ruiz got 2 messages of class relation or promotion in the last 7 days"},
		{"service does not count for that", hearth.ClassRelation, noon, func(c *Case) {
			c.Said = []Said{sent("a", hearth.ClassService, hours(30)), sent("b", hearth.ClassPromise, hours(40))}
		}, Sent, 0, ""},
		{"five in thirty days", hearth.ClassPromotion, noon, func(c *Case) {
			for i := range 5 {
				c.Said = append(c.Said, sent(string(rune('a'+i)), hearth.ClassPromotion, hours(24*(8+4*i))))
			}
		}, Held, 5, "last 30 days"},
		{"three in a day", hearth.ClassService, noon, func(c *Case) {
			c.Said = []Said{sent("a", hearth.ClassService, hours(1)), sent("b", hearth.ClassRelation, hours(2)), sent("c", hearth.ClassService, hours(11))}
		}, Held, 5, "Held until tomorrow 08:00: Ana Ruiz already got 3 messages today"},
		{"yesterday's do not count", hearth.ClassService, noon, func(c *Case) {
			c.Said = []Said{sent("a", hearth.ClassService, hours(1)), sent("b", hearth.ClassService, hours(2)), sent("c", hearth.ClassService, hours(13))}
		}, Sent, 0, ""},
		{"a promise is never capped", hearth.ClassPromise, noon, func(c *Case) {
			for i := range 9 {
				c.Said = append(c.Said, sent(string(rune('a'+i)), hearth.ClassService, hours(i)))
			}
		}, Sent, 0, "never capped"},
		{"held back for too long is said at once", hearth.ClassPromotion, noon, func(c *Case) {
			c.Intent.Expires = noon.Add(24 * time.Hour)
			c.Said = []Said{sent("a", hearth.ClassRelation, hours(1)), sent("b", hearth.ClassPromotion, hours(2))}
		}, Dropped, 5, "It is of use only until tomorrow 12:00, and it would have to wait until"},
		{"a community that sends none", hearth.ClassPromotion, noon, func(c *Case) { c.Place.Budget.Week = 0 }, Dropped, 5, "sends no messages of this kind"},

		{"quiet hours", hearth.ClassService, night, nil, Held, 6, "Held until tomorrow 08:00: quiet hours at Oak Court (21:00 to 08:00)."},
		{"quiet hours bind legal notices", hearth.ClassLegal, night, nil, Held, 6, "quiet hours"},
		{"quiet hours bind promises", hearth.ClassPromise, night, nil, Held, 6, "quiet hours"},
		{"not an answer", hearth.ClassAnswer, night, nil, Sent, 0, ""},
		{"not safety", hearth.ClassSafety, night, nil, Sent, 0, ""},
		{"a promise about something before they end", hearth.ClassPromise, night, func(c *Case) { c.Intent.About = at("2026-11-21 07:30 -0500") }, HandedOver, 6, "It is about tomorrow 07:30"},
		{"the zone is an assumption", hearth.ClassSafety, noon, func(c *Case) { c.Place.ZoneConfirmed = false }, Held, 6, "time zone of Oak Court is an assumption"},
		{"into files it may go", hearth.ClassService, noon, func(c *Case) { c.Place.ZoneConfirmed, c.Sink = false, true }, Sent, 0, ""},

		{"for later", hearth.ClassService, noon, func(c *Case) { c.Intent.NotBefore = noon.Add(3 * time.Hour) }, Held, 6, "Held until today 15:00"},
		{"a promise about the early morning is said in the evening", hearth.ClassPromise, noon, func(c *Case) {
			c.Intent.NotBefore, c.Intent.About = at("2026-11-21 06:30 -0500"), at("2026-11-21 07:30 -0500")
		}, Held, 6, "Held until today 20:45: it is about tomorrow 07:30, so it is said before quiet hours"},
		{"and goes when the evening has come", hearth.ClassPromise, at("2026-11-20 20:45 -0500"), func(c *Case) {
			c.Intent.NotBefore, c.Intent.About = at("2026-11-21 06:30 -0500"), at("2026-11-21 07:30 -0500")
		}, Sent, 0, ""},
		{"too late for what is not needed", hearth.ClassRelation, noon, func(c *Case) { c.Intent.Expires, c.Intent.lastHold = noon, "an urgent work order was open" }, Dropped, 6, "What held it: an urgent work order was open."},
		{"too late for a service message", hearth.ClassService, noon, func(c *Case) { c.Intent.Expires = noon }, HandedOver, 6, "It was of use only until today 12:00."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := plainCase(tt.class, tt.now, mustZone(t, "America/New_York"))
			if tt.change != nil {
				tt.change(c)
			}
			v, _ := decide(c)
			if v.Outcome != tt.outcome || v.Question != tt.question {
				t.Errorf("got %s at question %d (%s), want %s at %d", v.Outcome, v.Question, v.Reason, tt.outcome, tt.question)
			}
			if !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("got %q, want it to contain %q", v.Reason, tt.reason)
			}
			if !strings.HasSuffix(v.Reason, ".") || strings.Contains(v.Reason, "!") || strings.Contains(v.Reason, "..") {
				t.Errorf("got %q, want one calm sentence", v.Reason)
			}
			if (v.Outcome == Held) != (!v.Until.IsZero()) {
				t.Errorf("got %s until %v", v.Outcome, v.Until)
			}
		})
	}
}

// TestLanguageNeverChangesWhether is the twin test of the fair-housing guard: residents who differ only in language
// get the same decision.
func TestLanguageNeverChangesWhether(t *testing.T) {
	for _, class := range hearth.Classes() {
		for h := range 24 {
			now := at("2026-11-20 00:00 -0500").Add(time.Duration(h) * time.Hour)
			en, es := plainCase(class, now, mustZone(t, "America/New_York")), plainCase(class, now, mustZone(t, "America/New_York"))
			es.Person.Language, es.Text.Language = "es", "es"
			a, _ := decide(en)
			b, _ := decide(es)
			if a != b {
				t.Errorf("%s at %d: got %+v for English and %+v for Spanish", class, h, a, b)
			}
		}
	}
}
