package census

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"hearth"
)

func clock() hearth.Clock { return hearth.NewVirtualClock(time.Unix(1_700_000_000, 0)) }

// The promise of docs/identity.md on people that no weight was chosen on.
func TestGeneratedPeopleAreFound(t *testing.T) {
	for _, seed := range []uint64{11, 12, 13} {
		l, err := Generate(2000, seed)
		if err != nil {
			t.Fatal(err)
		}
		got := Measure(l, clock())
		if got.Automatic.Precision < .999 || got.Automatic.Found < 150 {
			t.Errorf("seed %d: automatic precision %.4f, %d found; wrong: %v", seed, got.Automatic.Precision, got.Automatic.Found, got.WrongAuto)
		}
		if got.Proposed.Precision < .9 || got.Proposed.Recall < .95 || got.Error > .04 {
			t.Errorf("seed %d: proposals' precision %.4f, recall %.4f, calibration error %.4f", seed, got.Proposed.Precision, got.Proposed.Recall, got.Error)
		}
		quirks := map[string]bool{}
		for _, q := range l.Quirk {
			quirks[q] = true
		}
		for _, q := range []string{"twins", "couple with one e-mail", "Jr and Sr", "re-used phone"} {
			if !quirks[q] {
				t.Errorf("seed %d: nobody is %s", seed, q)
			}
		}
	}
}

func TestGenerateIsRepeatable(t *testing.T) {
	a, err := Generate(100, 5)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Generate(100, 5)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Generate(100, 6)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, c) {
		t.Error("one seed gave two lists, or two seeds gave one")
	}
}

func TestReadList(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	febrl := put("febrl.csv", "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id\n"+
		"rec-1-org, ana, lopez, 6, elm street, , st james, 4011, wa, 19081209, 1\n"+
		"rec-1-dup-0, ana, lopes, 6, elm street, , st james, 4011, wa, 19081209, 1\n"+
		"rec-2-org, peter, ash, 9, oak street, , st james, 4011, wa, 19810228, 2\n")
	l, err := ReadList(febrl)
	if err != nil {
		t.Fatal(err)
	}
	got := Measure(l, clock())
	if got.Pairs != 1 || got.Proposed.Found != 1 || got.Proposed.Wrong != 0 || got.Proposed.F1 != 1 {
		t.Errorf("got %+v", got.Proposed)
	}
	splink := put("splink.csv", "unique_id,first_name,surname,dob,city,email,cluster\n0,Robert,Allen,1971-06-24,,r@smith.net,0\n1,Rob,Allen,1971-06-24,Hull,r@smith.net,0\n2,Eve,Dean,2015-03-03,,,3\n")
	labels := put("labels.csv", "unique_id_l,source_dataset_l,unique_id_r,source_dataset_r,clerical_match_score\n0,f,1,f,1.0\n0,f,2,f,0.0\n")
	if l, err = ReadList(splink); err != nil {
		t.Fatal(err)
	}
	if err := l.ReadLabels(labels); err != nil {
		t.Fatal(err)
	}
	if got := Measure(l, clock()); got.Pairs != 1 || got.Proposed.Found != 1 || got.Proposed.Missed != 0 {
		t.Errorf("got %+v", got.Proposed)
	}
	if _, err := ReadList(put("none.csv", "first_name,surname\nAna,Lopez\n")); hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("a list without truth: %v", err)
	}
}
