package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/outlook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
	"hearth/internal/learn/metric"
)

// How much reaches the residents: messages for each of them by week, against what the property wants to ask of their attention, who sends
// them, who gets the most, and what the desk kept back.

const (
	noiseWeeks = outlook.MostWeeks
	noiseRows  = 20000
)

// noiseView is the page, ready to be drawn.
type noiseView struct {
	Lead   string
	Note   string // instead of all below
	Panels []noisePanel
	Loud   []noiseLine
	Most   []noiseLine
	Named  bool // who gets the most is shown
	Kept   []ui.Fact
	Budget string
	File   string
}

// noisePanel is a chart with its number in words.
type noisePanel struct {
	ID, Title, Number, Words, Means string
	Chart                           ui.Line
}

// noiseLine is a sender, or a resident.
type noiseLine struct{ Name, Home, Href, Words string }

func (q *request) insightNoise() (templ.Component, error) {
	v := noiseView{Lead: "How much reaches each resident, from all who write to them.", Named: q.seesNoise(), File: "/insight/noise.csv"}
	draw := func() (templ.Component, error) { return insightNoisePage(q.frame("Insight", "/insight"), v), nil }
	if q.web.Outlook == nil || q.place.ID == "" {
		v.Note, v.File = "Without a community nothing reaches anybody.", ""
		return draw()
	}
	n, err := q.noise()
	if err != nil {
		return nil, err
	}
	casts, err := q.castTitles(n.Loudest)
	if err != nil {
		return nil, err
	}
	switch {
	case !v.Named && n.People < metric.FewestPeople:
		v.Note, v.File = "Fewer than five residents live here, so nothing is told of how much reaches them.", ""
		return draw()
	case n.People == 0:
		v.Note, v.File = "Nobody who may be written to lives here yet. Whoever moves in counts from that day on.", ""
		return draw()
	}
	v.Panels = []noisePanel{q.noisePanel("all", n), q.noisePanel("optional", n)}
	v.Budget = fmt.Sprintf("This property asks for at most %d in 7 days and %d in 30 of what a resident may do without, and %s a day of everything but answers, safety, notices of the law and promises.",
		n.Budget.Week, n.Budget.Month, strconv.Itoa(n.Budget.Day))
	v.Kept = []ui.Fact{{Name: "Went in one message with another", Value: strconv.Itoa(n.Kept.Merged)}, {Name: "Not said, or told by a person instead", Value: strconv.Itoa(n.Kept.Unsaid)}, {Name: "Waits for a better moment", Value: strconv.Itoa(n.Kept.Waits)}}
	for _, l := range n.Loudest {
		v.Loud = append(v.Loud, q.loudLine(l, casts, v.Named))
	}
	if v.Named {
		for _, r := range n.Most {
			v.Most = append(v.Most, mostLine(r, n.Budget))
		}
	}
	return draw()
}

// noise measures, with what is closed to the viewer left out.
func (q *request) noise() (n outlook.Noise, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		closed, err := q.closedPlaybooks(ctx, tx)
		if err != nil {
			return err
		}
		n, err = q.web.Outlook.Noise(ctx, tx, q.place.ID, noiseWeeks, slices.Sorted(maps.Keys(closed))...)
		return err
	})
	if err != nil {
		err = fmt.Errorf("measure how much reaches residents: %w", err)
	}
	return n, err
}

// castOfPurpose gives the broadcast that a purpose of its own belongs to; "" for a purpose that several may share.
func castOfPurpose(purpose string) string {
	if id, own := strings.CutPrefix(purpose, "broadcast."); own {
		return "brd_" + id
	}
	return ""
}

// castTitles names the broadcasts among senders, by their purpose: nobody knows them by their number.
func (q *request) castTitles(all []outlook.Loud) (map[string]string, error) {
	titles := map[string]string{}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		for _, l := range all {
			id := castOfPurpose(l.Name)
			if l.Source != "broadcast" || id == "" {
				continue
			}
			b, err := broadcast.Get(ctx, tx, id)
			if hearth.CodeOf(err) == hearth.CodeNotFound {
				continue
			}
			if err != nil {
				return err
			}
			titles[l.Name] = b.Title
		}
		return nil
	})
	return titles, err
}

// seesNoise tells whether the viewer may see who gets how much: whoever opens residents and reads all messages.
func (q *request) seesNoise() bool {
	return q.may(account.ResidentsRead) && (q.guest || q.staff == "" || q.sees(account.FieldMessages, q.place.ID) == account.SeesAll)
}

// noisePanel draws all messages by week, or those that can be done without, beside the most that the property asks for.
func (q *request) noisePanel(id string, n outlook.Noise) noisePanel {
	p := noisePanel{ID: id, Title: "All messages", Means: "Everything by every way: what playbooks, broadcasts, people and other systems sent, counted for each resident who may be written to."}
	of := func(w outlook.Week) int { return w.Messages }
	line := ui.Line{Tall: true, Base: math.NaN(), Table: ui.Columns{Head: []string{"7 days from", "For each resident", "Messages"}, Caption: "Messages by week"}}
	if id == "optional" {
		p.Title, p.Means = "What they may do without", "News, invitations and offers. The dashed line is the most that Hearth sends to one resident in 7 days."
		of = outlook.Week.Optional
		line.Base = float64(n.Budget.Week)
	}
	most, sum := 0.0, 0
	for _, w := range slices.Backward(n.Weeks) {
		each := float64(of(w)) / float64(n.People)
		most, sum = max(most, each), sum+of(w)
		day := hearth.DayOf(w.From, q.zone)
		line.Values = append(line.Values, each)
		line.Points = append(line.Points, ui.Point{Name: longDay(day), Words: eachWords(each) + ", " + count(of(w), "message", "messages"), Cells: []string{eachWords(each), strconv.Itoa(of(w))}})
	}
	if id == "optional" {
		most = max(most, 1.2*line.Base) // the line lies inside
	}
	line.Low, line.High = 0, roundUp(most)
	line.Top, line.Bottom = strconv.FormatFloat(line.High, 'g', 3, 64), "0"
	for i := 0; i < noiseWeeks; i += noiseWeeks / 3 {
		line.Ticks = append(line.Ticks, shortDay(hearth.DayOf(n.Weeks[noiseWeeks-1-i].From, q.zone)))
	}
	last := n.Weeks[0]
	p.Number = eachWords(float64(of(last)) / float64(n.People))
	p.Words = "for each resident in the last 7 days, " + count(of(last), "message", "messages") + " to " + count(n.People, "resident", "residents") + ". In the mean of " + count(len(n.Weeks), "week", "weeks") + ": " + eachWords(float64(sum)/float64(n.People*len(n.Weeks))) + "."
	line.Label = p.Title + " over " + count(len(n.Weeks), "week", "weeks") + ": " + p.Number + " " + p.Words
	p.Chart = line
	return p
}

func eachWords(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// loudLine words a sender; of a few residents those who see figures alone are not told how many.
func (q *request) loudLine(l outlook.Loud, casts map[string]string, named bool) noiseLine {
	out := noiseLine{Name: q.senderWords(l.Source, l.Name)}
	if title := casts[l.Name]; l.Source == "broadcast" && title != "" {
		out.Name = "Broadcast: " + title
		if q.may(account.BroadcastsRead) {
			out.Href = "/broadcasts/" + castOfPurpose(l.Name)
		}
	}
	if l.Source == "playbook" && q.may(account.PlaybooksRead) {
		out.Href = "/playbooks/" + l.Name
	}
	people := count(l.People, "resident", "residents")
	if !named && l.People < metric.FewestPeople {
		out.Words = "to fewer than five residents"
		return out
	}
	out.Words = count(l.Messages, "message", "messages") + " to " + people
	return out
}

// senderWords names whoever wished messages.
func (q *request) senderWords(source, name string) string {
	switch source {
	case "playbook":
		return cmp.Or(q.web.Titles[hearth.PlaybookID(name)], name)
	case "broadcast":
		return "Broadcasts: " + hearth.PurposeWords(name)
	case "person":
		return "People, in conversations"
	case "elsewhere":
		return "Another system: " + name
	}
	return "Hearth itself: " + hearth.PurposeWords(name)
}

func mostLine(r outlook.Near, b record.Budget) noiseLine {
	return noiseLine{Name: cmp.Or(r.Name, "A resident without a name"), Home: r.Home, Href: "/residents/" + string(r.Resident),
		Words: fmt.Sprintf("%s in %d weeks. Of what they may do without, %d of %d in 7 days and %d of %d in 30.", count(r.Messages, "message", "messages"), noiseWeeks, r.Week, b.Week, r.Month, b.Month)}
}

// insightNoiseFile gives the messages behind the figures; whoever sees figures alone gets the weeks.
func (q *request) insightNoiseFile() (download, error) {
	if q.web.Outlook == nil || q.place.ID == "" {
		return download{"messages", [][]string{{"resident", "home", "at", "class", "by", "from", "sender"}}}, nil
	}
	if !q.seesNoise() {
		return q.noiseWeeksFile()
	}
	out := download{"messages-" + hearth.DayOf(q.now, q.zone).String(), [][]string{{"resident", "home", "at", "class", "by", "from", "sender"}}}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		closed, err := q.closedPlaybooks(ctx, tx)
		if err != nil {
			return err
		}
		told, err := q.web.Outlook.Told(ctx, tx, q.place.ID, noiseWeeks, noiseRows, slices.Sorted(maps.Keys(closed))...)
		if err != nil {
			return err
		}
		var ids []hearth.ResidentID
		for _, m := range told {
			ids = append(ids, m.Resident)
		}
		slices.Sort(ids)
		people, err := q.contacts(ctx, tx, slices.Compact(ids))
		if err != nil {
			return err
		}
		for _, m := range told {
			from, name := outlook.SourceOf(m)
			out.rows = append(out.rows, []string{people[m.Resident].Name(), people[m.Resident].UnitLabel, m.At.In(q.zone).Format(time.RFC3339), string(m.Class), string(m.Channel), from, name})
		}
		return nil
	})
	return out, err
}

// noiseWeeksFile gives the weeks alone.
func (q *request) noiseWeeksFile() (download, error) {
	out := download{"messages-by-week", [][]string{{"7 days from", "messages", "for each resident", "of what they may do without"}}}
	n, err := q.noise()
	if n.People < metric.FewestPeople {
		return out, err
	}
	for _, w := range n.Weeks {
		out.rows = append(out.rows, []string{hearth.DayOf(w.From, q.zone).String(), strconv.Itoa(w.Messages), strconv.FormatFloat(w.PerHead, 'f', 3, 64), strconv.Itoa(w.Optional())})
	}
	return out, err
}
