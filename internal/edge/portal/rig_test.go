package portal

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/jpeg"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob"
	"hearth/internal/base/db"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// rig is the portal over a small community: Ana and Ben in 4B, Cem in 5A.
type rig struct {
	*Portal
	t             testing.TB
	handler       http.Handler
	ana, ben, cem hearth.ResidentID
	unit          hearth.UnitID
	place         hearth.PropertyID
	clock         *hearth.VirtualClock
	log           *strings.Builder
}

func newRig(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *rig {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(d, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	records := record.New(l, rand.Reader)
	c := consent.New(l)
	r := &rig{t: t, clock: clock, log: &strings.Builder{}}
	people, err := account.NewPeople(account.Deps{DB: d, Records: records, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	messages, tasks := message.New(l, c, rand.Reader), task.New(l, records)
	templates, err := desk.Load(desk.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	said, err := desk.New(desk.Deps{Records: records, Consent: c, Messages: messages, Tasks: tasks, Decisions: decision.New(), Assign: assign.New(records, tasks),
		Templates: templates, Channels: []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPush}})
	if err != nil {
		t.Fatal(err)
	}
	r.Portal, err = New(Deps{Random: rand.Reader, People: people, Texts: true, DB: d, Log: l, Messages: messages, Records: records, Workorders: workorder.New(l, records, rand.Reader),
		Desk: said, Consent: c, Blobs: blobs, Clock: clock, Logger: slog.New(slog.NewTextHandler(r.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+page.AssetsPath, page.Assets())
	r.Mount(mux)
	r.handler = httpd.Wrap(mux, httpd.Options{Log: r.Logger, Clock: clock})
	r.write(r.settle)
	return r
}

func (r *rig) write(f func(ctx context.Context, tx *db.Tx) error) {
	r.t.Helper()
	if err := r.DB.Write(r.t.Context(), func(tx *db.Tx) error { return f(r.t.Context(), tx) }); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) settle(ctx context.Context, tx *db.Tx) error {
	news := record.News{Source: "yardi/oak"}
	p, _, err := r.Records.PutProperty(ctx, tx, news, record.Property{Name: "Oak Court", Zone: "America/Chicago",
		Settings: record.Settings{EmergencyPhone: "(312) 555-0142"}})
	if err != nil {
		return err
	}
	today := hearth.DayOf(tx.Now(), time.UTC)
	lease := record.HomeLease{Start: today - 300, End: today + 65, MoveIn: today - 300}
	home, err := r.Records.PutHome(ctx, tx, news, record.Home{Property: p.ID, Unit: record.Unit{Label: "4B"}, Lease: lease,
		Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Ruiz", Email: "ana@home.example"}}, {Resident: record.Resident{First: "Ben", Last: "Ruiz"}}}})
	if err != nil {
		return err
	}
	other, err := r.Records.PutHome(ctx, tx, news, record.Home{Property: p.ID, Unit: record.Unit{Label: "5A"}, Lease: lease,
		Members: []record.Member{{Resident: record.Resident{First: "Cem", Last: "Kaya"}}}})
	if err != nil {
		return err
	}
	r.ana, r.ben, r.cem, r.place = home.Members[0].ID, home.Members[1].ID, other.Members[0].ID, p.ID
	contacts, err := r.Records.Contacts(ctx, tx, []hearth.ResidentID{r.ana})
	r.unit = contacts[r.ana].Unit
	return err
}

// person is somebody with a browser that keeps cookies.
type person struct {
	*rig
	cookies map[string]string
	header  http.Header
}

// as gives a resident's browser, signed in just now.
func (r *rig) as(who hearth.ResidentID) *person {
	r.t.Helper()
	p := r.stranger()
	p.cookies[deviceCookie] = r.signIn(who)
	return p
}

// signIn signs a resident in, and gives what their browser keeps.
func (r *rig) signIn(who hearth.ResidentID) (secret string) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		secret, err = r.People.StartHome(ctx, tx, who)
		return err
	})
	return secret
}

func (p *person) send(req *http.Request) *httptest.ResponseRecorder {
	p.t.Helper()
	for name, values := range p.header {
		req.Header[name] = values
	}
	for name, value := range p.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	p.handler.ServeHTTP(rec, req)
	for _, c := range rec.Result().Cookies() {
		p.cookies[c.Name] = c.Value
	}
	return rec
}

func (p *person) get(path string) *httptest.ResponseRecorder {
	p.t.Helper()
	return p.send(httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, path, nil))
}

// post sends a form and gives where it led.
func (p *person) post(path string, form url.Values) *httptest.ResponseRecorder {
	p.t.Helper()
	req := httptest.NewRequestWithContext(p.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.send(req)
}

// upload sends a form with a photo.
func (p *person) upload(path string, form map[string]string, photo []byte) *httptest.ResponseRecorder {
	p.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range form {
		if k != "words" {
			w.WriteField(k, v)
		}
	}
	part, err := w.CreateFormFile("photo", "../../evil.html")
	if err != nil {
		p.t.Fatal(err)
	}
	part.Write(photo)
	if words, ok := form["words"]; ok { // behind the photo, as on the page
		w.WriteField("words", words)
	}
	w.Close()
	req := httptest.NewRequestWithContext(p.t.Context(), http.MethodPost, path, &b)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return p.send(req)
}

// must reads a page and looks for what it says, and what it must not say.
func (p *person) must(path string, says []string, never ...string) string {
	p.t.Helper()
	rec := p.get(path)
	body := rec.Body.String()
	if rec.Code != http.StatusOK {
		p.t.Fatalf("%s answered %d: %s\n%s", path, rec.Code, body, p.log)
	}
	for _, s := range says {
		if !strings.Contains(body, s) {
			p.t.Errorf("%s does not say %q", path, s)
		}
	}
	for _, s := range never {
		if strings.Contains(body, s) {
			p.t.Errorf("%s says %q", path, s)
		}
	}
	return body
}

// led gives where an answer led.
func (p *person) led(rec *httptest.ResponseRecorder) string {
	p.t.Helper()
	if rec.Code != http.StatusSeeOther {
		p.t.Fatalf("answered %d: %s\n%s", rec.Code, rec.Body, p.log)
	}
	return rec.Header().Get("Location")
}

func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 80, 60)), nil); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	return append(append(append([]byte{}, file[:2]...), "\xff\xe1\x00\x22Exif\x00\x00GPS 41.8781N 87.6298W...."...), file[2:]...)
}

// tell stores a message of ours.
func (r *rig) tell(m message.Message) {
	r.t.Helper()
	m.Property, m.Made = r.place, r.clock.Now()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.Messages.SentElsewhere(ctx, tx, record.News{}, "test", m)
		return err
	})
}
