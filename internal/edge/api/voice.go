package api

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk/voice"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// houseVoice is how a property speaks.
type houseVoice struct {
	Greeting   map[string]string `json:"greeting,omitempty" doc:"By language; templates say it as voice.greeting."`
	SignOff    map[string]string `json:"sign_off,omitempty" doc:"By language; templates say it as voice.sign_off."`
	GradeMost  float64           `json:"grade_most,omitempty" minimum:"0" maximum:"20" doc:"The highest reading level of an English text, in years of school (Flesch-Kincaid); 0: no limit."`
	EaseLeast  float64           `json:"ease_least,omitempty" minimum:"0" maximum:"100" doc:"The lowest reading ease of a Spanish text, of 100 (Fernández Huerta); 0: no limit."`
	Avoid      []record.Avoid    `json:"avoid,omitempty" maxItems:"200" doc:"Words that this house does not use, with what it says instead."`
	LargePrint bool              `json:"large_print,omitempty" doc:"Mail in larger letters."`
}

// voiceCheck is how a text stands to the voice.
type voiceCheck struct {
	Words     int         `json:"words"`
	Sentences int         `json:"sentences"`
	Grade     float64     `json:"grade,omitempty" doc:"Of an English text."`
	Ease      float64     `json:"ease,omitempty" doc:"Of a Spanish text."`
	Hints     []voiceHint `json:"hints" nullable:"false" doc:"What whoever writes may want to change. Nothing is held back by it."`
}

// voiceHint is something that whoever writes may want to change.
type voiceHint struct {
	Kind string `json:"kind" enum:"reading,word"`
	Line int    `json:"line,omitempty" doc:"From 1; left out: about the whole text."`
	Says string `json:"says"`
}

func hintItems(in []voice.Hint) []voiceHint {
	out := make([]voiceHint, len(in))
	for i, h := range in {
		out[i] = voiceHint{h.Kind, h.Line, h.Says}
	}
	return out
}

func (a *API) addVoice() {
	const tag = "House voice"
	add(a, about{http.MethodGet, "/properties/{id}/voice", tag, "get-voice", "Read how a property speaks", "", account.ScopeRead}, a.getVoice)
	add(a, about{http.MethodPut, "/properties/{id}/voice", tag, "put-voice", "Say how a property speaks",
		"All of it at once. It is a hint to whoever writes, and holds nothing back; large print changes the letters of mail alone.", account.ScopeAdmin}, a.putVoice)
	add(a, about{http.MethodPost, "/properties/{id}/voice/check", tag, "check-voice", "Measure a text against how a property speaks",
		"For drafts, replies and templates: the reading level, and words that this house avoids.", account.ScopeRead}, a.checkVoice)
}

// voiceOf reads a property's voice.
func (a *API) voiceOf(ctx context.Context, tx *db.Tx, id hearth.PropertyID) (record.Voice, error) {
	p, err := a.Records.Property(ctx, tx, id)
	return p.Settings.Voice, err
}

func (a *API) getVoice(ctx context.Context, in *PropertyPath) (*one[houseVoice], error) {
	out := &one[houseVoice]{}
	err := a.read(ctx, func(tx *db.Tx) error {
		v, err := a.voiceOf(ctx, tx, in.ID)
		out.Body = houseVoice(v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) putVoice(ctx context.Context, in *struct {
	PropertyPath
	Body houseVoice
}) (*one[houseVoice], error) {
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		_, err := a.Records.ChangeVoice(ctx, tx, actorOf(ctx), in.ID, record.Voice(in.Body))
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.getVoice(ctx, &in.PropertyPath)
}

func (a *API) checkVoice(ctx context.Context, in *struct {
	PropertyPath
	Body struct {
		Text     string `json:"text" minLength:"1" maxLength:"32768"`
		Language string `json:"language,omitempty" maxLength:"3" doc:"en if left out."`
	}
}) (*one[voiceCheck], error) {
	var v record.Voice
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		v, err = a.voiceOf(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	lang := in.Body.Language
	if lang == "" {
		lang = "en"
	}
	l := voice.Read(in.Body.Text, lang)
	return &one[voiceCheck]{voiceCheck{l.Words, l.Sentences, l.Grade, l.Ease, hintItems(voice.Hints(in.Body.Text, lang, v))}}, nil
}
