package record

import "testing"

func TestNameKey(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Ana Ruiz", "ana ruiz"},
		{"  ANA   RUIZ ", "ana ruiz"},
		{"Ms. Ana Ruiz", "ana ruiz"},
		{"José Núñez-O’Brien", "jose nunez obrien"},
		{"Strauß, Jørgen", "strauss jorgen"},
		{"John Smith Jr.", "john smith jr"},
		{"John Smith Sr", "john smith sr"},
		{"李 小龍", "李 小龍"},
		{"...", ""},
		{"", ""},
	} {
		if got := NameKey(c.name); got != c.want {
			t.Errorf("NameKey(%q) = %q, want %q", c.name, got, c.want)
		}
	}
	if NameKey("John Smith Jr") == NameKey("John Smith Sr") {
		t.Error("father and son have one key")
	}
}

func TestEmailKey(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{" Ana@Example.COM ", "ana@example.com"},
		{"ana.r+home@example.com", "ana.r+home@example.com"},
		{"ana@localhost", ""},
		{"ana@@example.com", ""},
		{"ana@example.com, bo@example.com", ""},
		{"no address", ""},
		{"@example.com", ""},
		{"ana@example.com.", ""},
	} {
		if got := EmailKey(c.address); got != c.want {
			t.Errorf("EmailKey(%q) = %q, want %q", c.address, got, c.want)
		}
	}
}

func TestPhoneKey(t *testing.T) {
	for _, c := range []struct{ number, want string }{
		{"(212) 555-0134", "+12125550134"},
		{"212.555.0134 x12", "+12125550134"},
		{"1-212-555-0134", "+12125550134"},
		{"+44 20 7946 0018", "+442079460018"},
		{"0044 20 7946 0018", "+442079460018"},
		{"555-0134", ""},
		{"n/a", ""},
		{"0125550134", ""},
	} {
		if got := PhoneKey(c.number); got != c.want {
			t.Errorf("PhoneKey(%q) = %q, want %q", c.number, got, c.want)
		}
	}
}

func TestLabelKey(t *testing.T) {
	for _, c := range []struct{ label, want string }{
		{"4B", "4b"}, {"Apt. 04-B", "4b"}, {"#4 b", "4b"}, {"Unit 4B ", "4b"},
		{"0101", "101"}, {"101", "101"},
		{"1-11", "1-11"}, {"11-1", "11-1"}, {"1 11", "1-11"},
		{"0", "0"}, {"A-12", "a12"}, {"PH", "ph"}, {"Unit", "unit"}, {"", ""},
	} {
		if got := LabelKey(c.label); got != c.want {
			t.Errorf("LabelKey(%q) = %q, want %q", c.label, got, c.want)
		}
	}
}

func TestPhoneWords(t *testing.T) {
	for _, c := range []struct{ number, want string }{
		{"+19205550187", "(920) 555-0187"},
		{"920.555.0187", "(920) 555-0187"},
		{"1-920-555-0187", "(920) 555-0187"},
		{"(920) 555-0187 x12", "(920) 555-0187 x12"},
		{"920-555-0187 (mother)", "920-555-0187 (mother)"},
		{"+44 20 7946 0018", "+44 20 7946 0018"},
		{"555-0187", "555-0187"},
		{"", ""},
	} {
		if got := PhoneWords(c.number); got != c.want {
			t.Errorf("PhoneWords(%q) = %q, want %q", c.number, got, c.want)
		}
	}
}
