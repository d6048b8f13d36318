package portal

import (
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"hearth"
	"hearth/internal/base/blob/picture"
)

// A form with a photo is read part by part: of a photo that is too large nothing is held, and what was written behind it is still taken, so that the
// form can be shown again with the words in it. So it is with one that broke off: what came before the break is shown again, to be completed.

// parseUpload reads such a form. One without parts is read as any other.
func (v *visit) parseUpload() error {
	if !v.inParts() {
		return v.parse(maxForm)
	}
	in, err := v.MultipartReader()
	if err != nil {
		return v.unreadable(err)
	}
	form, left := url.Values{}, int64(maxForm)
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = v.part(part, form, &left)
		}
		if err != nil {
			v.take(form) // what was read so far stands on the page that says no
			err = v.unreadable(err)
			if v.broken = hearth.CodeOf(err) == hearth.CodeInvalid; v.broken {
				v.photo = nil
				return nil
			}
			return err
		}
	}
	v.take(form)
	return nil
}

// inParts tells whether a form came in parts, as one with a photo does.
func (v *visit) inParts() bool { return strings.HasPrefix(v.Header.Get("Content-Type"), "multipart/") }

// part reads one part; left is how much text may still come.
func (v *visit) part(part *multipart.Part, form url.Values, left *int64) error {
	if part.FileName() == "" && part.FormName() != "photo" {
		text, ok := partText(part, *left)
		if !ok {
			return &http.MaxBytesError{Limit: maxForm}
		}
		*left -= int64(len(text))
		form.Add(part.FormName(), text)
		return nil
	}
	file, err := io.ReadAll(io.LimitReader(part, picture.MaxBytes+1))
	if err != nil {
		return err
	}
	if v.photo == nil && part.FormName() == "photo" {
		v.photo = file
	}
	_, err = io.Copy(io.Discard, part)
	return err
}

// take has the form's fields found as those of every other.
func (v *visit) take(form url.Values) {
	v.PostForm, v.Form = form, maps.Clone(form)
	for name, values := range v.URL.Query() {
		v.Form[name] = append(v.Form[name], values...)
	}
}

func (v *visit) unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &hearth.Error{Code: hearth.CodeTooLarge, Message: v.T("error.too-large"), Err: err}
	}
	return hearth.Errorf(hearth.CodeInvalid, "%s", v.T("error.form"))
}
