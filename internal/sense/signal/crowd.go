package signal

// Crowd is when the residents of a place act by themselves: each counts once for an hour, however often they act in it, so that a few who write much
// do not speak for all.
type Crowd struct {
	people int     // of whom any hour of the last quarter is known
	at     [24]int // those who acted in an hour
	from   [24]int // those who acted in an hour or the next one
}

// What makes the habit of a place: so many people of whom an hour is known, and within two hours at least eight of them and two
// of five.
const (
	crowdPeople = 12
	crowdIn     = 8
)

// Add counts a resident, by what they did up to yesterday.
func (c *Crowd) Add(v View) {
	var acted [24]bool
	known, today := false, v.day()
	for _, x := range v.State.hours {
		if age := int(today - x.day); age > 0 && age < quarter {
			acted[x.hour], known = true, true
		}
	}
	if !known {
		return
	}
	c.people++
	for hour := range 24 {
		if acted[hour] {
			c.at[hour]++
		}
		if acted[hour] || acted[(hour+1)%24] {
			c.from[hour]++
		}
	}
}

// Habit gives when most of them act: In of the Of residents of whom anything is known acted in Hour or the one behind it. fits says which
// hours may be named. ok is false while there is too little to tell, or no such time.
func (c *Crowd) Habit(fits func(hour int) bool) (h Habit, ok bool) {
	h.Of = c.people
	for hour := range 24 {
		n := c.from[hour]
		if better := n > h.In || n == h.In && c.at[hour] > c.at[h.Hour]; better && fits(hour) {
			h.Hour, h.In = hour, n
		}
	}
	return h, c.people >= crowdPeople && h.In >= crowdIn && 5*h.In >= 2*c.people
}
