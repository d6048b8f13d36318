package desk

import (
	"fmt"
	"strings"
	"time"

	"hearth"
)

// The languages that Hearth speaks by itself. A resident with another one gets English.
const (
	english = "en"
	spanish = "es"
)

// languageOf gives the part of a language tag that templates are written for: "es" for "es-MX".
func languageOf(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	base, _, _ = strings.Cut(base, "_")
	switch base {
	case spanish, "spanish", "español", "spa":
		return spanish
	case "", english, "english", "eng":
		return english
	}
	return base
}

// dayWords writes a day as people say it: "Friday, March 5", with the year when it is not this year's.
func dayWords(lang string, d hearth.Day, today hearth.Day) string {
	year, month, day := d.Date()
	this, _, _ := today.Date()
	if lang == spanish {
		s := fmt.Sprintf("%s %d de %s", spanishDays()[d.Weekday()], day, spanishMonths()[month-1])
		if year != this {
			s += fmt.Sprintf(" de %d", year)
		}
		return s
	}
	s := fmt.Sprintf("%s, %s %d", d.Weekday(), month, day)
	if year != this {
		s += fmt.Sprintf(", %d", year)
	}
	return s
}

// clockWords writes a time of day: "9 a.m.", "2:30 p.m.".
func clockWords(t time.Time) string {
	half, hour := "a.m.", t.Hour()
	if hour >= 12 {
		half = "p.m."
	}
	hour = (hour+11)%12 + 1
	if t.Minute() == 0 {
		return fmt.Sprintf("%d %s", hour, half)
	}
	return fmt.Sprintf("%d:%02d %s", hour, t.Minute(), half)
}

// visitWords writes an appointment: the day and the window in which somebody comes.
func visitWords(lang string, from, to time.Time, today hearth.Day) string {
	day := dayWords(lang, hearth.DayOf(from, from.Location()), today)
	sameDay := hearth.DayOf(from, from.Location()) == hearth.DayOf(to, from.Location())
	switch {
	case !sameDay || !to.After(from):
		if lang == spanish {
			return fmt.Sprintf("el %s a las %s", day, clockWords(from))
		}
		return fmt.Sprintf("%s at %s", day, clockWords(from))
	case lang == spanish:
		return fmt.Sprintf("el %s, entre las %s y las %s", day, clockWords(from), clockWords(to))
	}
	return fmt.Sprintf("%s, between %s and %s", day, clockWords(from), clockWords(to))
}

// matterWords says what a work order is about. A category that has no words here stays unsaid, so that a code of a
// connected system never stands in a letter. Doors and locks stay unsaid as well: these words stand in subjects, which are read off a screen by
// whoever is near it, and who has a lock changed may have a reason that somebody at home should not know.
func matterWords(lang, category string) string {
	row, ok := categoryWords()[strings.ToLower(strings.TrimSpace(category))]
	if !ok {
		return ""
	}
	if lang == spanish {
		return row[1]
	}
	return row[0]
}

func categoryWords() map[string][2]string {
	return map[string][2]string{
		"plumbing":   {"your plumbing request", "su solicitud de plomería"},
		"appliance":  {"your request about an appliance", "su solicitud sobre un electrodoméstico"},
		"appliances": {"your request about an appliance", "su solicitud sobre un electrodoméstico"},
		"hvac":       {"your heating and cooling request", "su solicitud de calefacción o aire acondicionado"},
		"heating":    {"your heating request", "su solicitud de calefacción"},
		"cooling":    {"your cooling request", "su solicitud de aire acondicionado"},
		"electrical": {"your electrical request", "su solicitud de electricidad"},
		"pest":       {"your pest request", "su solicitud de control de plagas"},
		"window":     {"your window request", "su solicitud sobre una ventana"},
		"windows":    {"your window request", "su solicitud sobre una ventana"},
		"leak":       {"your request about a leak", "su solicitud sobre una fuga"},
	}
}

// waitingWords says what a work order waits for. Free text stays as it is in English; elsewhere it stays unsaid.
func waitingWords(lang, code string) string {
	words := map[string][2]string{
		"parts":    {"a part", "una pieza"},
		"part":     {"a part", "una pieza"},
		"vendor":   {"a specialist", "un especialista"},
		"access":   {"a time at which we may come in", "un horario en que podamos entrar"},
		"resident": {"an answer from you", "una respuesta suya"},
	}
	row, ok := words[strings.ToLower(strings.TrimSpace(code))]
	switch {
	case ok && lang == spanish:
		return row[1]
	case ok:
		return row[0]
	case lang == english:
		return code
	}
	return ""
}

// roleWords says a staff member's role.
func roleWords(lang, role string) string {
	if lang == spanish {
		return map[string]string{
			string(hearth.RoleManager): "gerencia", string(hearth.RoleAssistant): "gerencia adjunta",
			string(hearth.RoleLeasing): "oficina de alquiler", string(hearth.RoleSupervisor): "jefatura de mantenimiento",
			string(hearth.RoleTechnician): "mantenimiento", string(hearth.RoleCoordinator): "servicios a residentes",
		}[role]
	}
	return spaced(role)
}

// classWords says a class in a sentence for the team.
func classWords(c hearth.Class) string {
	if c == hearth.ClassPromise {
		return "message about a promise"
	}
	return string(c) + " message"
}

// aClass is classWords with its article.
func aClass(c hearth.Class) string {
	if c == hearth.ClassAnswer {
		return "an " + classWords(c)
	}
	return "a " + classWords(c)
}

// whenWords says an instant to the team, in the property's zone: "today 14:00", "tomorrow 08:00", "Tue Nov 24 08:00".
func whenWords(t, now time.Time, zone *time.Location) string {
	local := t.In(zone)
	clock := local.Format("15:04")
	switch hearth.DayOf(t, zone) - hearth.DayOf(now, zone) {
	case 0:
		return "today " + clock
	case 1:
		return "tomorrow " + clock
	case -1:
		return "yesterday " + clock
	}
	return local.Format("Mon Jan 2 ") + clock
}

// countWords writes "1 message", "2 messages".
func countWords(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func spanishDays() [7]string {
	return [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}
}

func spanishMonths() [12]string {
	return [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
		"octubre", "noviembre", "diciembre"}
}
