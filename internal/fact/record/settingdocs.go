package record

import (
	"fmt"
	"io"
	"strings"
)

// WriteDocs writes the page about the settings of a property.
func WriteDocs(w io.Writer) error {
	doc, err := DefaultSettings().document()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("# Settings of a property\n\nMade from the code by `make generate`; change internal/fact/record instead.\n\n" +
		"```sh\nhearth property settings list --data DIR \"Oak Court\"\n" +
		"hearth property settings set --data DIR \"Oak Court\" budget.week=1 quiet.from=20:30 --reason \"They asked for less\" --as \"Mara Lindt\"\n```\n\n" +
		"`NAME=` alone puts the default back; lists are JSON. `GET /api/v1/properties/{id}/settings` tells each value and where it came from; `PATCH` takes\n" +
		"`{\"settings\":{\"budget.week\":1},\"reason\":\"…\"}` from a token with the scope `admin` and changes all of it or nothing. Each change is an event in the\n" +
		"log, `property.settings_changed`: who, from which value to which, and why. It holds from the next decision on; what is queued stays as decided.\n\n" +
		"| setting | default | range | what it is |\n| --- | --- | --- | --- |\n")
	for _, d := range SettingSpecs() {
		v := d.words(d.read(doc))
		if v != "" {
			v = "`" + v + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s: %s |\n", d.Name, v, d.span(), d.Title, strings.ReplaceAll(d.Meaning, "|", "\\|"))
	}
	b.WriteString("\nThe hours of the law for texts and calls, the ways and the mail server are of the installation: [configuration.md](configuration.md).\n")
	_, err = io.WriteString(w, b.String())
	return err
}

// span is the range of a setting's values in words.
func (d SettingSpec) span() string {
	switch d.Kind {
	case SettingWhole, SettingNumber:
		return fmt.Sprintf("%g to %g %s", d.Least, d.Most, d.Unit)
	case SettingClock:
		return clockOf(int(d.Least)) + " to " + clockOf(int(d.Most))
	case SettingYesNo:
		return "yes or no"
	case SettingText:
		return fmt.Sprintf("at most %g letters", d.Most)
	case SettingAddress:
		return "an e-mail address"
	case SettingHours:
		return "a list of `{\"weekday\":1,\"from\":540,\"to\":1080}`; 0 is Sunday, minutes after midnight"
	case SettingDays:
		return "a list of `{\"date\":\"2026-12-25\",\"name\":\"Christmas\"}`"
	case SettingPhrases:
		return "texts by language: `{\"en\":\"Good day\"}`"
	case SettingWords:
		return "a list of `{\"word\":\"tenant\",\"instead\":\"resident\"}`"
	}
	return ""
}
