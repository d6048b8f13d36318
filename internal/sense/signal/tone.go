package signal

import (
	"math"
	"slices"

	"hearth"
	"hearth/internal/sense/sentiment"
)

// tone is how the resident sounds: averages of readings, weighted by how sure each is. The newest readings are kept one
// by one, so that a person's correction replaces one exactly, as if it had been read so at first; older ones are only in
// the sums. A correction of a message that is older than those changes nothing here.
type tone struct {
	recent []reading // ascending by time, at most maxRecent

	n    int64     // readings that went into old
	old  toneSums  // of readings that are no longer in recent
	sums toneSums  // of all; follows from old and recent and is not stored
	last toneValue // the newest reading that says anything; stored once it left recent
}

// reading is the tone of one message or answer. Thousandths, so that a stored one is the same one.
type reading struct {
	at     int64
	id     uint32 // of the event, hashed; 0 when nobody can name it
	alias  uint32 // of the message in data, hashed; 0 for none
	milli  int64  // tone, -1000 to 1000
	weight int64  // how sure, 0 to 1000; 0: nothing was read, but a person may correct it
}

type toneValue struct {
	at, milli int64
}

// toneSums are sums of tone x weight and of weight, decayed. Their quotient is the average.
type toneSums struct {
	quick, quickWeight level
	slow, slowWeight   level
	evidence           level
}

const (
	minReadings = 3   // it takes so many to speak of a shift
	maxRecent   = 8   // readings that a correction can still reach
	surveySure  = 900 // an answer on a scale says what it means
	clearMilli  = 800 // what a person's "negative" or "positive" counts as

	sharpMilli   = -500 // from here down words are sharp
	sharpSure    = 300  // and read surely enough to act on
	complaintFor = 7 * 24 * 3_600_000
)

// read takes a message in.
func (t *tone) read(text, event, message string, at int64) {
	s := sentiment.Read(text)
	t.add(reading{at: at, id: short(event), alias: short(message), milli: milli(s.Tone), weight: milli(s.Evidence())})
}

// survey takes an answer in.
func (t *tone) survey(question string, score float64, at int64) {
	if v, ok := onScale(question, score); ok {
		t.add(reading{at: at, milli: milli(v), weight: surveySure})
	}
}

// correct puts a person's word in place of the reading of a message, named by its event's id or by its own. The last
// correction that was told counts.
func (t *tone) correct(message, said string) {
	id := short(message)
	v, ok := saidMilli(said)
	if id == 0 || !ok {
		return
	}
	for i := len(t.recent) - 1; i >= 0; i-- {
		if r := &t.recent[i]; r.id == id || r.alias == id {
			r.milli, r.weight = v, 1000
			t.sum()
			return
		}
	}
}

func (t *tone) add(r reading) {
	i, _ := slices.BinarySearchFunc(t.recent, r.at+1, func(o reading, at int64) int {
		if o.at < at {
			return -1
		}
		return 1
	})
	t.recent = slices.Insert(t.recent, i, r)
	if len(t.recent) > maxRecent {
		t.retire(t.recent[0])
		t.recent = slices.Delete(t.recent, 0, 1)
	}
	t.sum()
}

// retire moves a reading into the sums, for good.
func (t *tone) retire(r reading) {
	if r.weight == 0 {
		return
	}
	t.n++
	t.old.add(r)
	if r.at >= t.last.at {
		t.last = toneValue{r.at, r.milli}
	}
}

// sum makes the averages of all readings.
func (t *tone) sum() {
	t.sums = t.old
	for _, r := range t.recent {
		if r.weight > 0 {
			t.sums.add(r)
		}
	}
}

func (s *toneSums) add(r reading) {
	weight := float64(r.weight) / 1000
	weighted := float64(float64(r.milli) / 1000 * weight)
	s.quick.add(r.at, weighted, halfQuick)
	s.quickWeight.add(r.at, weight, halfQuick)
	s.slow.add(r.at, weighted, halfSlow)
	s.slowWeight.add(r.at, weight, halfSlow)
	s.evidence.add(r.at, weight, halfEvidence)
}

// count is how many readings say anything.
func (t *tone) count() int64 {
	n := t.n
	for _, r := range t.recent {
		if r.weight > 0 {
			n++
		}
	}
	return n
}

// newest is the tone of the newest reading that says anything.
func (t *tone) newest() (float64, bool) {
	for i := len(t.recent) - 1; i >= 0; i-- {
		if r := t.recent[i]; r.weight > 0 && r.at >= t.last.at {
			return float64(r.milli) / 1000, true
		}
	}
	return float64(t.last.milli) / 1000, t.n > 0
}

// Complaint tells whether something sharp that the resident wrote in the last days waits for a person's answer.
func (v View) Complaint() bool {
	now := hearth.Millis(v.Now)
	for _, r := range v.State.tone.recent {
		if r.milli <= sharpMilli && r.weight >= sharpSure && now-r.at < complaintFor && slices.Contains(v.State.waiting, r.at) {
			return true
		}
	}
	return false
}

// level is the average of the last weeks, -1 to 1. Time alone does not change it.
func (t *tone) level() (float64, bool) { return quotient(t.sums.quick, t.sums.quickWeight) }

// shift is how much that differs from the resident's own average of the last months.
func (t *tone) shift() (float64, bool) {
	a, okA := t.level()
	b, okB := quotient(t.sums.slow, t.sums.slowWeight)
	return a - b, okA && okB && t.count() >= minReadings
}

// confidence grows with readings that were sure of themselves and fades as they age.
func (t *tone) confidence(now int64) (float64, bool) {
	e := t.sums.evidence.value(now, halfEvidence)
	return e / (e + 0.5), t.sums.evidence.v > 0
}

func quotient(sum, weight level) (float64, bool) {
	if weight.v <= 0 {
		return 0, false
	}
	return math.Max(-1, math.Min(1, sum.v/weight.v)), true
}

// milli rounds to thousandths.
func milli(v float64) int64 { return int64(math.Round(v * 1000)) }

// short names an id in 32 bits: enough among eight messages.
func short(id string) uint32 {
	h := hash(id)
	return uint32(h ^ h>>32)
}
