package web

import (
	"strings"

	"hearth"
	"hearth/internal/fact/care"
)

// pausedNote says what stands still, since a pause that is forgotten hurts.
func pausedNote(p care.Pause, g *glance) string {
	what := "Everything automatic"
	switch p.What {
	case care.Playbook:
		what = "The playbook " + p.Target
		if t := g.titles[hearth.PlaybookID(p.Target)]; t != "" {
			what = "The playbook " + t
		}
	case care.Property:
		what = "All that is automatic at a property"
		for _, x := range g.properties {
			if string(x.ID) == p.Target {
				what = "All that is automatic at " + x.Name
			}
		}
	case care.Resident:
		what = "All that is automatic for one resident"
	case care.Channel:
		what = capital(p.Sending())
	}
	zone := g.zone("")
	if p.What == care.Property {
		zone = g.zone(hearth.PropertyID(p.Target))
	}
	until := "until somebody resumes it"
	if !p.Until.IsZero() {
		until = "until " + hearth.MomentWords(p.Until, zone)
	}
	return what + " is paused since " + hearth.DayWords(p.Set, zone) + ", " + until + ": " + strings.TrimRight(p.Reason, ". ") + "."
}
