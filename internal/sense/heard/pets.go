package heard

import (
	"strconv"
	"strings"
)

const (
	petWords = `(dogs?|pupp(?:y|ies)|pups?|cats?|kittens?|kitt(?:y|ies)|rabbits?|bunn(?:y|ies)|hamsters?|guinea pigs?|parrots?|parakeets?|cockatiels?|pet birds?|pet snakes?|pet lizards?|ferrets?|turtles?|tortoises?)`
	petLooks = `(?:(?:new|small|little|big|large|tiny|friendly|shy|second|third|rescue|rescued|quiet|very|cute|black|white|brown|gray|grey|orange|german|golden|young|mixed|nervous|skittish|medium|sized|indoor|beagle|lab|labrador|poodle|terrier|pit|bull|shepherd|retriever|siamese|tabby|chihuahua|husky|guard|well|trained|sweet) ){0,4}`
)

// pet gives what lives with them: "dog", "2 cats". groups: 1 how many, 2 what.
func pet(groups []string) (string, float64) {
	word := strings.TrimPrefix(groups[2], "pet ")
	many := strings.HasSuffix(word, "s")
	word = strings.TrimSuffix(word, "s")
	switch word {
	case "puppy", "puppie", "pup":
		word = "dog"
	case "kitten", "kitty", "kittie":
		word = "cat"
	case "bunny", "bunnie":
		word = "rabbit"
	}
	n := strings.TrimSpace(groups[1])
	switch {
	case number(n) > 1 && number(n) < 7:
		return strconv.Itoa(number(n)) + " " + word + "s", 1
	case n == "a couple of":
		return "2 " + word + "s", 0.9
	case many:
		return word + "s", 0.95
	}
	return word, 1
}

// strays are words after which an animal is not theirs, or not what is meant.
func strays() []string {
	return []string{"barking", "barks next", "peeing", "pooping", "loose", "running", "outside", "under", "above", "next door", "upstairs", "downstairs", "bite", "smell", "smells", "hair", "poop",
		"waste", "urine", "odor", "allergy", "problem", "food", "park", "run", "door", "issue", "in the hall", "in the hallway", "in the basement", "in the courtyard", "in the garden", "in the yard",
		"in the building", "in the lobby", "in the laundry", "in the attic", "in the walls", "in the parking", "in the pool", "in our building", "on the roof", "on our floor", "visiting", "over for",
		"living under", "living outside", "coming", "died", "passed", "has died", "has passed", "ran away", "is gone", "got lost", "went missing", "is missing", "no longer", "sitter", "house", "houses", "collar", "toy", "toys", "bed", "carrier", "crate", "leash", "walker", "whining", "howling", "scratching", "fur", "complaint",
		"groomer", "for a friend", "for the weekend", "this weekend", "with us this", "screen", "flap", "lady", "person", "fence", "policy", "rent", "fee", "deposit", "problems", "droppings", "'s"}
}

func (m *maker) pets() {
	m.of(`dog|pup|cat|kitt|rabbit|bunn|hamster|guinea|parrot|parakeet|cockatiel|pet |pet|ferret|turtle|tortoise`)
	count := `(a|an|one|another|two|three|four|2|3|4|our|my|some|a couple of)`
	have := func(sure float64, expr string) {
		m.add(rule{kind: Pets, sure: sure, value: pet, not: strays()}, expr)
	}
	lately := `(?:just |recently |also |now |finally |already |still |only |have |both )*`
	have(0.93, `{I} `+lately+`(?:got|have|has|adopted|own|owns|bought|rescued|brought home|keep|keeps|live with|lives with)(?: ourselves| myself)? `+count+` `+petLooks+petWords)
	m.add(rule{kind: Pets, sure: 0.9, not: strays(), value: func(g []string) (string, float64) { return pet([]string{"", "", g[1]}) }},
		`{I} `+lately+`(?:have|has|own|owns|keep|keeps) `+petLooks+`(dogs|cats|rabbits|ferrets|parrots)`)
	own := `(my|our)`
	if m.voice == Note {
		own = `(his|her|their)`
	}
	m.add(rule{kind: Pets, form: statement, sure: 0.85, not: strays(), value: func(g []string) (string, float64) { return pet([]string{"", "", g[2]}) }},
		own+` (?:two |three |other )?`+petLooks+petWords)
	have(0.88, `there (?:is|are) (?:also )?(a|an|one|two|three) `+petLooks+petWords+` in (?:the|my|our) (?:apartment|unit|house|home|crate|kennel|bedroom|place|flat)`)
	ended := `(?:a |the |our |my |any |that )*`
	gone := func(g []string) (string, float64) { return pet([]string{"", "", g[1]}) }
	m.add(rule{kind: Pets, sure: 0.9, ended: true, value: gone}, `{I} no longer (?:have|has|own|owns|keep) `+ended+petWords)
	m.add(rule{kind: Pets, sure: 0.9, ended: true, value: gone}, `{I} (?:do|does) not (?:have|own|keep) `+ended+petWords+` any ?(?:more|longer)`)
}
