package record

import (
	"encoding/json"
	"fmt"
	"time"

	"hearth"
)

// Settings is how a property works: all of it can be edited. A stored document overlays DefaultSettings, so a field
// that it lacks has its default.
type Settings struct {
	Business []Hours   `json:"business"` // when the office works; several stretches a day are split shifts
	Holidays []Holiday `json:"holidays"` // closed all day
	Quiet    Quiet     `json:"quiet"`
	Budget   Budget    `json:"budget"`
	Care     Care      `json:"care"`
	Voice    Voice     `json:"voice,omitzero"`

	Surveys   Surveys   `json:"surveys"`
	Attention Attention `json:"attention"`
	Lists     Lists     `json:"lists,omitzero"`

	SenderName    string `json:"sender_name"`    // "Oak Court"
	SenderAddress string `json:"sender_address"` // the e-mail address that mail comes from
	ReplyTo       string `json:"reply_to"`
	PostalAddress string `json:"postal_address"` // commercial mail must carry one

	EmergencyPhone string `json:"emergency_phone,omitempty"` // whom residents call about gas, fire and flood

	PlaybookReview bool `json:"playbook_review,omitempty"` // who wrote a draft of a playbook is not who switches it on
}

// Quiet is the time of day in which residents are left alone, in minutes after local midnight. From equal to To is
// no quiet time.
type Quiet struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Covers tells whether the minute after midnight lies in the quiet time, which may span midnight.
func (q Quiet) Covers(minute int) bool {
	if q.From <= q.To {
		return q.From <= minute && minute < q.To
	}
	return minute >= q.From || minute < q.To
}

// Budget is how many messages a resident may get: discretionary ones in 7 and in 30 days, capped ones in a day.
type Budget struct {
	Week  int `json:"week"`
	Month int `json:"month"`
	Day   int `json:"day"`
}

// Surveys is how many questions a resident is asked over all playbooks: in 30 days and in a year. A zero field has its default.
type Surveys struct {
	Month int `json:"month"`
	Year  int `json:"year"`
}

// OrDefault gives the limits with the default of each that is zero: one in 30 days, four in a year.
func (s Surveys) OrDefault() Surveys {
	if s.Month == 0 {
		s.Month = 1
	}
	if s.Year == 0 {
		s.Year = 4
	}
	return s
}

// Attention is when what can wait goes out, where neither a resident's own acts nor those of the others at the property tell a better hour.
type Attention struct {
	Hour   int  `json:"hour"`    // minutes after local midnight, a full hour; 0: as soon as it may
	AtOnce bool `json:"at_once"` // nobody's messages wait for a better hour
}

// Lists is who stands in the lists of residents who say nothing and whom nobody knows. A zero field has its default.
type Lists struct {
	QuietDrop   float64 `json:"quiet_drop"`   // from this fall of engagement under their own baseline, 0 to 1
	UnknownDays int     `json:"unknown_days"` // from so many days without a personal contact
}

// OrDefault gives the limits with the default of each that is zero: half, and half a year.
func (l Lists) OrDefault() Lists {
	if l.QuietDrop == 0 {
		l.QuietDrop = 0.5
	}
	if l.UnknownDays == 0 {
		l.UnknownDays = 180
	}
	return l
}

// Care is when automation yields to a person. A zero field has its default.
type Care struct {
	Frustration float64 `json:"frustration"` // from this level on a person speaks instead of a machine
	Calm        float64 `json:"calm"`        // below this level that is over
}

// OrDefault gives the limits with the default of each that is zero.
func (c Care) OrDefault() Care {
	d := DefaultSettings().Care
	if c.Frustration == 0 {
		c.Frustration = d.Frustration
	}
	if c.Calm == 0 {
		c.Calm = min(d.Calm, c.Frustration)
	}
	return c
}

// Holiday is a day on which the office is closed.
type Holiday struct {
	Date string `json:"date"` // "2026-12-25"
	Name string `json:"name"`
}

// Holiday tells whether the office is closed on the day, and what the day is called.
func (s Settings) Holiday(day hearth.Day) (name string, closed bool) {
	date := day.String()
	for _, h := range s.Holidays {
		if h.Date == date {
			return h.Name, true
		}
	}
	return "", false
}

// DefaultSettings gives the settings of a new property: Monday to Friday 9 to 18, Saturday 10 to 16, quiet from 21
// to 8, the fatigue budget of the glossary.
func DefaultSettings() Settings {
	s := Settings{Quiet: Quiet{From: 21 * 60, To: 8 * 60}, Budget: Budget{Week: 2, Month: 5, Day: 3},
		Care: Care{Frustration: 0.6, Calm: 0.4}}
	for d := time.Monday; d <= time.Friday; d++ {
		s.Business = append(s.Business, Hours{Weekday: d, From: 9 * 60, To: 18 * 60})
	}
	s.Business = append(s.Business, Hours{Weekday: time.Saturday, From: 10 * 60, To: 16 * 60})
	return s
}

// Told tells whether s says anything: the zero Settings leave a property's settings as they are.
func (s Settings) Told() bool {
	return len(s.Business) > 0 || len(s.Holidays) > 0 || s.Quiet != Quiet{} || s.Budget != Budget{} || s.Care != Care{} ||
		s.Surveys != Surveys{} || s.Attention != Attention{} || s.Lists != Lists{} || s.Voice.Set() ||
		s.SenderName != "" || s.SenderAddress != "" || s.ReplyTo != "" || s.PostalAddress != "" || s.EmergencyPhone != "" || s.PlaybookReview
}

// Check refuses settings that would stop everything or make no sense, naming the field.
func (s Settings) Check() error {
	if err := checkHours("settings.business", s.Business); err != nil {
		return err
	}
	for i, h := range s.Holidays {
		if _, err := hearth.ParseDay(h.Date); err != nil {
			return hearth.FieldErrorf(fmt.Sprintf("settings.holidays[%d].date", i), "%q is not a date like 2026-12-25.", h.Date)
		}
	}
	if !minute(s.Quiet.From) || !minute(s.Quiet.To) {
		return hearth.FieldErrorf("settings.quiet", "Quiet hours are minutes after midnight, from 0 to 1440.")
	}
	if s.Budget.Week < 0 || s.Budget.Month < 0 || s.Budget.Day < 0 {
		return hearth.FieldErrorf("settings.budget", "A budget counts messages and cannot be negative.")
	}
	if s.Surveys.Month < 0 || s.Surveys.Year < 0 {
		return hearth.FieldErrorf("settings.surveys", "A limit of surveys counts questions and cannot be negative.")
	}
	if s.Attention.Hour%60 != 0 || !minute(s.Attention.Hour) {
		return hearth.FieldErrorf("settings.attention.hour", "The hour for what can wait is a full hour in minutes after midnight, such as 1080 for 18:00.")
	}
	if s.Care.Frustration < 0 || s.Care.Frustration > 1 || s.Care.Calm < 0 || s.Care.Calm > s.Care.OrDefault().Frustration {
		return hearth.FieldErrorf("settings.care", "The limits of frustration lie between 0 and 1, the lower one (calm) not above the other.")
	}
	if s.Lists.QuietDrop < 0 || s.Lists.QuietDrop > 1 || s.Lists.UnknownDays < 0 {
		return hearth.FieldErrorf("settings.lists", "A fall of engagement lies between 0 and 1, and days without a contact are not negative.")
	}
	return s.Voice.check()
}

// checkHours refuses stretches that end before they begin or overlap.
func checkHours(field string, hours []Hours) error {
	for i, h := range hours {
		at := fmt.Sprintf("%s[%d]", field, i)
		if h.Weekday < time.Sunday || h.Weekday > time.Saturday {
			return hearth.FieldErrorf(at+".weekday", "A weekday is a number from 0 (Sunday) to 6 (Saturday).")
		}
		if !minute(h.From) || !minute(h.To) || h.From >= h.To {
			return hearth.FieldErrorf(at, "Working hours begin before they end and are minutes after midnight, from 0 to 1440.")
		}
		for _, o := range hours[:i] {
			if o.Weekday == h.Weekday && h.From < o.To && o.From < h.To {
				return hearth.FieldErrorf(at, "These working hours overlap others on the same day; join the two.")
			}
		}
	}
	return nil
}

func minute(m int) bool { return m >= 0 && m <= 24*60 }

func encodeSettings(s Settings) (string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode settings: %w", err)
	}
	return string(b), nil
}

// decodeSettings reads a stored document over the defaults.
func decodeSettings(doc string) (Settings, error) {
	s := DefaultSettings()
	if doc == "" {
		return s, nil
	}
	if err := json.Unmarshal([]byte(doc), &s); err != nil {
		return s, fmt.Errorf("decode settings: %w", err)
	}
	return s, nil
}
