package message

import (
	"strconv"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/fact/consent"
)

// TextReport makes the report of what a provider said became of a text message: its own number for it, its fate, and how
// many segments it charges. A fate that is still open makes none and is refused by Report.
func TextReport(id hearth.MessageID, ref string, f channel.TextFate, units int) Report {
	r := Report{Message: id, Ref: ref, Units: units, Text: f.Text}
	switch {
	case f.Delivered:
		r.State = Delivered
	case f.Sent:
		r.State = Sent
	case f.Open:
	default:
		r.State = Failed
		if f.Dead {
			r.State, r.Stop = Bounced, consent.ReasonBounce
		}
		if f.OptedOut {
			r.Stop = consent.ReasonStop
		}
		if f.Code != 0 {
			r.Code = strconv.Itoa(f.Code)
			r.Text = r.Code + ": " + f.Text
		} else {
			r.Code = "not told"
		}
	}
	return r
}
