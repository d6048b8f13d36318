package portal

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// A form that was sent after its session had ended is not done, and not lost: the door carries it along, and whoever has signed in finds it and sends it
// on by their own hand. It lies in the page alone, never on the server, so nobody can leave anything here; it is taken only from this site's own pages, as
// every form is, and nothing is done by it before somebody with a session presses a button.

const (
	keptMost   = 64 << 10 // bounds what the door carries along
	keptFields = 50
)

// keptForm is what was sent.
type keptForm struct {
	Path   string      `json:"path"`
	Fields []keptField `json:"fields"`
	Photo  bool        `json:"photo,omitempty"` // a photo came with it, which is not carried
}

type keptField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// keepable tells whether a form of a resident's is carried: those in which they write or choose something, the one at a home's door too.
func keepable(at string) bool {
	if path.Clean(at) != at {
		return false
	}
	if code, ok := strings.CutPrefix(at, DoorPath); ok {
		return code != "" && (!strings.Contains(code, "/") || strings.HasPrefix(at, statusPath) && strings.HasSuffix(at, "/change"))
	}
	return at == "/home/messages" || at == "/home/repair" || strings.HasPrefix(at, "/home/wishes/") || strings.HasPrefix(at, "/home/question/") ||
		strings.HasPrefix(at, "/home/repair/") && (strings.HasSuffix(at, "/not") || strings.HasSuffix(at, "/change"))
}

// keep takes what a form brought that nobody signed in has sent, "" where there is nothing that is carried.
func (v *visit) keep() string {
	if v.Method != http.MethodPost || !keepable(v.URL.Path) {
		return ""
	}
	k := keptForm{Path: v.URL.Path}
	read := k.readForm
	if v.inParts() {
		read = k.readParts
	}
	if !read(v.Request) || !k.said() {
		return ""
	}
	raw, err := json.Marshal(k)
	if err != nil || len(raw) > keptMost {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// unsent gives what a form brought that could not be taken just now, so that it stands on the page that says so.
func (v *visit) unsent() keptForm {
	k := keptForm{Path: v.URL.Path}
	switch {
	case v.Method != http.MethodPost || !keepable(v.URL.Path):
		return keptForm{}
	case v.PostForm == nil: // it was refused before anybody read it
		raw, err := base64.RawURLEncoding.DecodeString(v.keep())
		if err != nil || json.Unmarshal(raw, &k) != nil {
			return keptForm{}
		}
		return k
	}
	k.Photo = len(v.photo) > 0
	if !k.addAll(v.PostForm) || !k.said() {
		return keptForm{}
	}
	return k
}

// addAll adds a form's fields by their names: texts of several boxes stand in one order each time.
func (k *keptForm) addAll(form url.Values) bool {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			if !k.add(name, value) {
				return false
			}
		}
	}
	return true
}

func (k *keptForm) add(name, value string) bool {
	if !utf8.ValidString(name+value) || len(k.Fields) == keptFields {
		return false
	}
	if value = strings.TrimSpace(value); value != "" && name != "next" {
		k.Fields = append(k.Fields, keptField{name, value})
	}
	return true
}

func (k *keptForm) readForm(r *http.Request) bool {
	r.Body = io.NopCloser(io.LimitReader(r.Body, keptMost))
	if r.ParseForm() != nil {
		return false
	}
	return k.addAll(r.PostForm)
}

// readParts reads a form with a file, of which it only notes that it was there: nothing of it is held.
func (k *keptForm) readParts(r *http.Request) bool {
	in, err := r.MultipartReader()
	if err != nil {
		return false
	}
	for left := int64(keptMost); left > 0; {
		part, err := in.NextPart()
		if err != nil {
			return err == io.EOF //nolint:errorlint // the reader gives it as it is
		}
		if part.FileName() != "" {
			k.Photo = true
			continue
		}
		text, ok := partText(part, left)
		if left -= int64(len(text)); !ok || !k.add(part.FormName(), text) {
			return false
		}
	}
	return false
}

func partText(part *multipart.Part, most int64) (string, bool) {
	raw, err := io.ReadAll(io.LimitReader(part, most+1))
	return string(raw), err == nil && int64(len(raw)) <= most
}

// said tells whether somebody wrote or chose something in the form.
func (k *keptForm) said() bool {
	for _, f := range k.Fields {
		if f.Name != "once" {
			return true
		}
	}
	return false
}

// words gives what they wrote, as far as it reads as that.
func (k *keptForm) words() []string {
	var out []string
	for _, f := range k.Fields {
		if f.Name == "words" || strings.ContainsAny(f.Value, " \n") {
			out = append(out, f.Value)
		}
	}
	return out
}

// carried gives the form that the door carries along, as it came and as it reads; "" for none, or for none of this program's.
func (v *visit) carried() (string, keptForm) {
	var k keptForm
	text := v.PostFormValue("kept")
	if v.Method != http.MethodPost || text == "" || len(text) > 2*keptMost {
		return "", k
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &k) != nil || !keepable(k.Path) || !strings.HasPrefix(k.Path, "/home/") || !k.said() || len(k.Fields) > keptFields {
		return "", keptForm{}
	}
	return text, k
}

// kept is the form that the door carries along, for its pages.
func (v *visit) keeps() string {
	text, _ := v.carried()
	return text
}
