package hostile

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest"
	"hearth/internal/edge/ingest/column"
)

// rows writes a file of rows.
func (h *house) rows(all [][]string) *bytes.Buffer {
	h.t.Helper()
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll(all); err != nil {
		h.t.Fatal(err)
	}
	return &out
}

func (h *house) give(kind column.Kind, name string, all [][]string) string {
	h.t.Helper()
	id, err := h.a.Importer.Give(h.t.Context(), ingest.Gift{Property: h.place, Kind: kind, Source: "hostile", Name: name, Body: h.rows(all), By: ingest.By{Actor: hearth.System("test")}})
	if err != nil {
		h.t.Fatalf("give %s: %v", name, err)
	}
	return id
}

// cells brings files in of which every cell is one of the texts: some are applied, some wait with each row wrong, some have texts for headings.
func (h *house) cells() {
	h.t.Helper()
	people, wrong, late := [][]string{{"Unit", "First Name", "Last Name"}}, [][]string{{"Unit", "First Name", "Last Name", "Lease End"}}, [][]string{{"Unit", "First Name", "Last Name", "Lease End"}}
	for i, p := range h.all {
		if !storable(p.Text) {
			continue
		}
		people = append(people, []string{h.in("iu", i), h.in("in", i), "Imported"})
		if row := []string{fmt.Sprint("W", i), "Wim", "Wrong", h.in("ie", i)}; i%2 == 0 {
			wrong = append(wrong, row)
		} else {
			late = append(late, row)
		}
	}
	imported := h.apply(h.told(h.give(column.Residents, "people.csv", people), 3))
	h.more = append(h.more, "/imports/"+imported, "/imports/"+imported+"/undo")
	h.landed()
	for k, all := range [][][]string{wrong, late} {
		for at := 1; at < len(all); at += 40 { // a page shows the first rows of each reason
			part := append([][]string{all[0]}, all[at:min(at+40, len(all))]...)
			h.more = append(h.more, "/imports/"+h.told(h.give(column.Residents, fmt.Sprintf("wrong-%d-%d.csv", k, at), part), 4))
		}
	}
	var good []int
	for i, p := range h.all {
		if storable(p.Text) {
			good = append(good, i)
		}
	}
	for some := range slices.Chunk(good, 64) {
		h.headings(some)
	}
	h.scarce("headings", 0)
	h.aside(wrong[:40])
}

// headings brings a file in that has texts for headings. Where no row of it looks like headings, it is brought in by halves.
func (h *house) headings(some []int) {
	h.t.Helper()
	heads, values := []string{"Unit", "First Name", "Last Name", "Email", "Mobile Phone", "Lease Start", "Lease End", "Move In", "Rent"}, []string{"H1", "Hedy", "Heading", "hedy@home.example", "(312) 555-0142", "2026-01-01", "2027-12-31", "2026-01-01", "1200"}
	for _, i := range some {
		heads, values = append(heads, h.in("ih", i)), append(values, h.in("iv", i))
	}
	id, err := h.a.Importer.Give(h.t.Context(), ingest.Gift{Property: h.place, Kind: column.Residents, Source: "headings", Name: "headings.csv", Body: h.rows([][]string{heads, values}), By: ingest.By{Actor: hearth.System("test")}})
	switch half := len(some) / 2; {
	case err == nil:
		h.more = append(h.more, "/imports/"+id)
	case hearth.CodeOf(err) == hearth.CodeInvalid && half > 0:
		h.headings(some[:half])
		h.headings(some[half:])
	default:
		h.may("headings", some[0], err)
	}
}

// aside has a file applied whose rows are wrong: they are set aside, and the page of the import names them.
func (h *house) aside(all [][]string) {
	h.t.Helper()
	id, err := h.a.Importer.Give(h.t.Context(), ingest.Gift{Property: h.place, Kind: column.Residents, Source: "aside", Name: "aside.csv", Body: h.rows(all), By: ingest.By{Actor: hearth.System("test")}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.more = append(h.more, "/imports/"+h.apply(h.told(id, 4)))
}

// told says what the columns of a draft are: from texts like these nobody would guess it.
func (h *house) told(draft string, columns int) string {
	h.t.Helper()
	choice := ingest.Choice{Columns: map[int]string{}}
	for i, field := range []string{column.UnitLabel, column.FirstName, column.LastName, column.LeaseEnd}[:columns] {
		choice.Columns[i] = field
	}
	err := h.a.Importer.Remap(h.t.Context(), ingest.By{Actor: hearth.System("test")}, draft, choice)
	if err != nil {
		h.t.Fatalf("say what the columns of %s are: %v", draft, err)
	}
	return draft
}

// apply has a file applied, and gives the import.
func (h *house) apply(draft string) string {
	h.t.Helper()
	id, err := h.a.Importer.Apply(h.t.Context(), ingest.By{Actor: hearth.System("test")}, draft)
	for more := true; more && err == nil; {
		more, err = h.a.Importer.Carry(h.t.Context())
	}
	if err != nil {
		h.t.Fatalf("apply %s: %v", draft, err)
	}
	return string(id)
}

// landed looks for every text among those who were brought in.
func (h *house) landed() {
	h.t.Helper()
	names := map[string]bool{}
	err := h.a.DB.Read(h.t.Context(), func(tx *db.Tx) error {
		ids, err := h.a.Records.ResidentsAt(h.t.Context(), tx, h.place.ID)
		if err != nil {
			return err
		}
		all, err := h.a.Records.Contacts(h.t.Context(), tx, ids)
		for _, r := range all {
			if m := regexp.MustCompile(`qin[0-9]{3}z`).FindString(r.Name()); m != "" {
				names[m] = true
			}
		}
		return err
	})
	if err != nil || len(names) < h.texts() {
		h.t.Errorf("of %d people in a file %d were brought in (%v)", h.texts(), len(names), err)
	}
}

// visitor is a program that keeps cookies, as a browser does.
func (h *house) visitor(link string) *http.Client {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	if link != "" {
		h.get(c, link)
	}
	return c
}

func (h *house) get(c *http.Client, at string) []byte {
	h.t.Helper()
	res, err := c.Get(at)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %d %v %.300s", at, res.StatusCode, err, body)
	}
	return body
}

// upload posts a form with a file of a name. Only a name that no browser sends, with signs that steer, may be refused, and is with a sentence.
func (h *house) upload(c *http.Client, path, field, name string, file []byte, words map[string]string) (taken bool) {
	h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range words {
		w.WriteField(k, v) //nolint:errcheck // it goes into memory
	}
	part, err := w.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	res, err := c.Post(h.at+path, w.FormDataContentType(), &body)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusUnprocessableEntity && strings.ContainsFunc(name, unicode.IsControl) {
		h.refused[path]++
		return false
	}
	if err != nil || res.StatusCode != http.StatusOK || res.Request.URL.Path == path {
		h.t.Errorf("%s takes no file with the name %q: %d at %s %v %.300s", path, name, res.StatusCode, res.Request.URL, err, said)
	}
	return true
}

// names gives the team's page files with every text for a name.
func (h *house) names() {
	h.t.Helper()
	c, listed := h.visitor(""), map[string]bool{}
	for i, p := range h.all {
		if storable(p.Text) {
			h.upload(c, "/imports/new", "file", h.in("if", i)+".csv", []byte("Unit,First Name,Last Name\nF1,Fay,File\n"), map[string]string{"kind": "residents", "source": "names"})
		}
	}
	want := h.texts() - h.refused["/imports/new"]
	for from := 0; from < want; from += 40 {
		path := fmt.Sprintf("/imports?waiting=%d", from)
		for _, m := range regexp.MustCompile(`qif[0-9]{3}z`).FindAll(h.get(c, h.at+path), -1) {
			listed[string(m)] = true
		}
		if from < 200 {
			h.more = append(h.more, path)
		}
	}
	if len(listed) < want {
		h.t.Errorf("%d names of files stand in the list, want %d", len(listed), want)
	}
	h.scarce("/imports/new", 20)
}

// photos has a resident send photos with every text for a name. Of the name nothing is kept; the picture lies under one of the program's own.
func (h *house) photos() {
	h.t.Helper()
	var shot bytes.Buffer
	if err := png.Encode(&shot, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		h.t.Fatal(err)
	}
	c, n := h.visitor(h.link(h.ana)), 0
	for i := range h.all {
		if h.upload(c, "/home/repair", "photo", h.in("fp", i)+".png", shot.Bytes(), map[string]string{"trouble": "plumbing", "once": fmt.Sprint("photo", i)}) {
			n++
		}
	}
	h.scarce("/home/repair", 20)
	err := filepath.WalkDir(filepath.Join(h.data, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if n--; !regexp.MustCompile(`^[0-9A-Za-z_-]{8,64}$`).MatchString(d.Name()) {
				h.t.Errorf("a photo lies at %s", path)
			}
		}
		return err
	})
	if err != nil || n != 0 {
		h.t.Errorf("%d photos more were sent than lie there (%v)", n, err)
	}
}

// unkept looks through everything that is stored: of the names of photos nothing is there.
func (h *house) unkept() {
	h.t.Helper()
	if err := h.a.Close(); err != nil {
		h.t.Fatal(err)
	}
	err := filepath.WalkDir(h.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if at := regexp.MustCompile(`qfp[0-9]{3}z[.]png`).Find(raw); at != nil {
			h.t.Errorf("%s holds the name of a photo, %s", path, at)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// download takes the file of a figure, and opens it as spreadsheets do: with a comma, a semicolon or a tab between cells, quotes read well or badly.
func (h *house) download(want int) {
	h.t.Helper()
	c, at := h.visitor(""), h.at+"/insight/rows.csv?figure=repair&week="+hearth.DayOf(time.Now(), time.UTC).String()
	var raw []byte
	for range 300 {
		if raw = h.get(c, at); strings.Count(string(raw), "qdn") >= want {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil || len(rows) != want+1 {
		h.t.Fatalf("the file has %d rows, want %d and a heading: %v", len(rows), want, err)
	}
	for _, row := range rows[1:] {
		i, err := strconv.Atoi(regexp.MustCompile(`qdn([0-9]{3})z`).FindStringSubmatch(row[0])[1])
		if err != nil {
			h.t.Fatal(err)
		}
		if plain := strings.NewReplacer("'", "", "\r\n", "\n", "\r", "\n"); !strings.Contains(plain.Replace(row[1]), plain.Replace(strings.TrimSpace(h.all[i].Text))) && h.all[i].Kind == "name" {
			h.t.Errorf("the home %q stands as %q", h.all[i].Text, row[1])
		}
	}
	for _, sep := range ",;\t" {
		for _, line := range opened(string(raw), sep) {
			for _, cell := range line {
				if bare := strings.TrimLeft(cell, " \"\u00a0\u3000\ufeff"); bare != "" && strings.ContainsAny(bare[:1], "=+-@＝＋－＠") {
					if _, err := strconv.ParseFloat(bare, 64); err != nil {
						h.t.Errorf("with %q between cells, one is a formula: %q", sep, cell)
					}
				}
			}
		}
	}
}

// opened splits a file into cells as a spreadsheet does: a quote counts where a cell begins.
func opened(text string, sep rune) (lines [][]string) {
	var line []string
	var cell strings.Builder
	quoted, began := false, false
	end := func() { line = append(line, cell.String()); cell.Reset(); quoted, began = false, false }
	all := []rune(text)
	for i := 0; i < len(all); i++ {
		switch r := all[i]; {
		case r == '"' && !began:
			quoted, began = true, true
		case r == '"' && quoted && i+1 < len(all) && all[i+1] == '"':
			cell.WriteRune('"')
			i++
		case r == '"' && quoted:
			quoted = false
		case r == sep && !quoted:
			end()
		case (r == '\n' || r == '\r') && !quoted:
			end()
			lines, line = append(lines, line), nil
		default:
			cell.WriteRune(r)
			began = true
		}
	}
	end()
	return append(lines, line)
}
