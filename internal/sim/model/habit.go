package model

import (
	"slices"
	"time"

	"hearth"
)

// better gives the hour that suits a person better than now, the zero time when there is none that is near enough: at least
// six visits on four days of the last ninety, at least four of them and half (the last thirty days counted twice) in two
// hours. What they can do without waits up to a day for it, news of service three hours, nothing else at all; and nothing waits
// for it until less than a day before what it is about.
func (m *Model) better(x *Message, visits []time.Time, now time.Time) time.Time {
	reach := map[hearth.Class]time.Duration{hearth.ClassRelation: 24 * time.Hour, hearth.ClassService: 3 * time.Hour}[x.Class]
	if reach == 0 || x.Class == hearth.ClassService && !x.about.IsZero() {
		return time.Time{}
	}
	z := m.Place.Zone
	today := hearth.DayOf(now, z)
	recent := slices.DeleteFunc(slices.Clone(visits), func(t time.Time) bool { day := hearth.DayOf(t, z); return day > today || today-day >= 90 })
	slices.SortFunc(recent, time.Time.Compare)
	recent = recent[max(0, len(recent)-32):]
	days := map[hearth.Day]bool{}
	count, weight, all := map[int]int{}, map[int]int{}, 0
	for _, t := range recent {
		day, hour, w := hearth.DayOf(t, z), t.In(z).Hour(), 1
		if today-day < 30 {
			w = 2
		}
		days[day] = true
		count[hour]++
		weight[hour] += w
		all += w
	}
	best, most := -1, 0
	for hour := range 24 {
		if m.quietHour(hour) {
			continue
		}
		if w := weight[hour] + weight[(hour+1)%24]; best < 0 || w > most || w == most && weight[hour] > weight[best] {
			best, most = hour, w
		}
	}
	if best < 0 || len(recent) < 6 || len(days) < 4 || count[best]+count[(best+1)%24] < 4 || 2*most < all {
		return time.Time{}
	}
	if hour := now.In(z).Hour(); hour == best || hour == (best+1)%24 {
		return time.Time{}
	}
	at := today.At(best*60, z)
	if !at.After(now) {
		at = (today + 1).At(best*60, z)
	}
	if at.Sub(x.Made) > reach || m.quiet(at) {
		return time.Time{}
	}
	if !x.about.IsZero() && !at.Add(24*time.Hour).Before(x.about) {
		return time.Time{} // said then, it would leave them less than a day for what it is about
	}
	return at.UTC()
}

// quietHour tells whether an hour begins in the quiet time.
func (m *Model) quietHour(hour int) bool {
	return hour*60 < m.Place.Quiet || hour*60 >= m.Place.QuietFrom
}
