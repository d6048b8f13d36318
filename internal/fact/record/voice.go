package record

import (
	"fmt"
	"strings"

	"hearth"
)

// Voice is how a property speaks. It is a hint to whoever writes, never a block; greeting and sign-off stand where a template
// asks for them.
type Voice struct {
	Greeting map[string]string `json:"greeting,omitempty"` // by language: "Good day"
	SignOff  map[string]string `json:"sign_off,omitempty"` // by language: "Warmly, your office team"
	// GradeMost is the highest reading level of an English text, in years of school (Flesch-Kincaid); 0: no limit.
	GradeMost float64 `json:"grade_most,omitempty"`
	// EaseLeast is the lowest reading ease of a Spanish text, from 0 (very hard) to 100 (very easy; Fernández Huerta); 0: no limit.
	EaseLeast float64 `json:"ease_least,omitempty"`
	Avoid     []Avoid `json:"avoid,omitempty"`
	// LargePrint sets mail in larger letters, with more room between lines.
	LargePrint bool `json:"large_print,omitempty"`
}

// Avoid is a word or a few that are not said, with what to say instead.
type Avoid struct {
	Word     string `json:"word" doc:"One or a few words; upper and lower case are the same."`
	Instead  string `json:"instead,omitempty" doc:"What to say; may be left out."`
	Language string `json:"language,omitempty" doc:"Only in this language; in all if left out."`
}

// Set tells whether anything is said about the voice.
func (v Voice) Set() bool {
	return len(v.Greeting)+len(v.SignOff)+len(v.Avoid) > 0 || v.GradeMost != 0 || v.EaseLeast != 0 || v.LargePrint
}

// Limits of a voice.
const (
	maxPhrase = 120
	maxAvoid  = 200
)

func (v Voice) check() error {
	for field, by := range map[string]map[string]string{"greeting": v.Greeting, "sign_off": v.SignOff} {
		for lang, text := range by {
			if len(lang) < 2 || len(lang) > 3 || strings.TrimSpace(text) == "" || len(text) > maxPhrase || strings.ContainsAny(text, "\r\n{}") {
				return hearth.FieldErrorf("voice."+field, "A phrase in a language such as en is one line of at most %d letters without braces.", maxPhrase)
			}
		}
	}
	if v.GradeMost < 0 || v.GradeMost > 20 || v.EaseLeast < 0 || v.EaseLeast > 100 {
		return hearth.FieldErrorf("voice", "The highest grade lies between 0 and 20, the lowest ease between 0 and 100.")
	}
	if len(v.Avoid) > maxAvoid {
		return hearth.FieldErrorf("voice.avoid", "At most %d words can be avoided.", maxAvoid)
	}
	for i, a := range v.Avoid {
		if strings.TrimSpace(a.Word) == "" || len(a.Word) > maxPhrase || len(a.Instead) > maxPhrase {
			return hearth.FieldErrorf(fmt.Sprintf("voice.avoid[%d]", i), "A word to avoid, and what to say instead, have at most %d letters.", maxPhrase)
		}
	}
	return nil
}
