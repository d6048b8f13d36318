package heard

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The words of a time of day and of a stretch of it, as parts of expressions.
const (
	numeral = `one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve`
	numero  = `una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce`
	timeOf  = `(?:\d{1,2}(?::\d{2})?(?:am|pm)?|noon|midday|` + numeral + `)(?: oclock)?(?: in the (?:morning|afternoon|evening)| at night)?`
	horaDe  = `(?:(?:las|la) (?:\d{1,2}(?::\d{2})?(?:am|pm)?|` + numero + `)(?: de la (?:manana|tarde|noche))?|mediodia)`
	// when is a stretch that is meant for good: a bare "in the morning" may be tomorrow's.
	when   = `(?:any ?time )?(?:after|past|from|before|by) ` + timeOf + `(?: on)?|between ` + timeOf + ` (?:and|to) ` + timeOf + `|from ` + timeOf + ` (?:to|until|till) ` + timeOf + `|(?:in the |on )?(?:mornings|afternoons|evenings|weekends|weekdays)`
	part   = `(?:in the )?(?:mornings?|afternoons?|evenings?)|(?:on )?(?:the )?(?:weekends?|weekdays?)`
	cuando = `(?:despues|antes) de ` + horaDe + `|entre ` + horaDe + ` y ` + horaDe
)

// clock reads times of day.
type clock struct{ times pattern }

// window reads a stretch of the day: "after 17:00", "before 09:00", "09:00 to 12:00", "mornings". Inverted, "before 9" is
// when not to come. sure is false where the half of the day is a guess.
func (c clock) window(words string, inverted bool) (value string, sure, ok bool) {
	words = strings.TrimSpace(words)
	for _, p := range []string{"morning", "afternoon", "evening", "weekend", "weekday"} {
		if strings.Contains(words, p) && !strings.ContainsAny(words, "0123456789") && !strings.Contains(words, "after ") && !strings.Contains(words, "before ") {
			if inverted {
				return "not " + p + "s", true, true
			}
			return p + "s", true, true
		}
	}
	f := c.times.FindAllString(words, -1)
	switch {
	case strings.HasPrefix(words, "between") || strings.HasPrefix(words, "entre") || len(f) == 2:
		return span(f, inverted)
	case len(f) != 1:
		return "", false, false
	}
	before := strings.HasPrefix(words, "before") || strings.HasPrefix(words, "by") || strings.HasPrefix(words, "until") || strings.HasPrefix(words, "till") ||
		strings.HasPrefix(words, "antes")
	min, sure, ok := minutes(f[0], before, inverted)
	if !ok {
		return "", false, false
	}
	if before != inverted {
		return "before " + hhmm(min), sure, true
	}
	return "after " + hhmm(min), sure, true
}

func span(f []string, inverted bool) (string, bool, bool) {
	if len(f) != 2 || inverted {
		return "", false, false
	}
	to, sure, ok := minutes(f[1], true, false)
	from, _, ok2 := minutes(f[0], false, false)
	if !ok || !ok2 {
		return "", false, false
	}
	if strings.HasSuffix(f[1], "pm") && !strings.HasSuffix(f[0], "m") && from%720+720 < to && from%720 < 8*60 {
		from = from%720 + 720 // 1 to 5 pm
	}
	if to <= from && to < 720 {
		to += 720 // 9 to 5
	}
	if to <= from {
		return "", false, false
	}
	return hhmm(from) + " to " + hhmm(to), sure, true
}

func newClock() clock {
	return clock{regexp.MustCompile(`\b(?:\d{1,2}(?::\d{2})?(?:am|pm)?|noon|midday|mediodia|` + numeral + `|` + numero + `)\b(?: oclock)?(?: in the (?:morning|afternoon|evening)| at night| de la (?:manana|tarde|noche))?`)}
}

func hhmm(min int) string { return fmt.Sprintf("%02d:%02d", min/60, min%60) }

// minutes reads a time of day as minutes after midnight. Without am or pm, one to six are taken for the afternoon and
// seven to eleven for the morning, unless they bound the end of a day: "not after 8".
func minutes(word string, before, inverted bool) (min int, sure, ok bool) {
	num, half := word, ""
	for _, h := range []struct{ words, half string }{{" in the morning", "am"}, {" in the afternoon", "pm"}, {" in the evening", "pm"}, {" at night", "pm"},
		{" de la manana", "am"}, {" de la tarde", "pm"}, {" de la noche", "pm"}} {
		if n, found := strings.CutSuffix(num, h.words); found {
			num, half = n, h.half
		}
	}
	num = strings.TrimSuffix(num, " oclock")
	for _, h := range []string{"am", "pm"} {
		if n, found := strings.CutSuffix(num, h); found {
			num, half = n, h
		}
	}
	if num == "noon" || num == "midday" || num == "mediodia" {
		return 720, true, true
	}
	hour, minute := number(num), 0
	if h, m, found := strings.Cut(num, ":"); found {
		hour = number(h)
		minute, _ = strconv.Atoi(m)
		if half == "" && (hour > 12 || strings.HasPrefix(h, "0")) {
			half = "24"
		}
	}
	switch {
	case hour < 0 || hour > 23 || minute > 59 || half != "" && half != "24" && (hour == 0 || hour > 12):
		return 0, false, false
	case half == "pm" && hour < 12:
		hour += 12
	case half == "am" && hour == 12:
		hour = 0
	case half == "" && hour > 0 && hour < 7:
		hour += 12
	case half == "" && hour <= 11 && !before && inverted: // not after 8
		return (hour+12)*60 + minute, hour >= 7, true
	case half == "" && hour >= 7 && hour <= 11:
		return hour*60 + minute, before, true
	}
	return hour*60 + minute, true, true
}

// number reads a whole number in digits or words, -1 for none.
func number(w string) int {
	if n, err := strconv.Atoi(w); err == nil {
		return n
	}
	for _, list := range []string{numeral, numero} {
		for i, x := range strings.Split(list, "|") {
			if x == w {
				return i + 1
			}
		}
	}
	return -1
}
