package sentiment

// The word list is ours: written down by weight, then corrected by reading where it was wrong about messages of
// residents. Weights go from -4 to 4. It is a switch, not a table, so that it is constant by construction.

// valence gives the weight of a word that carries tone.
func valence(w string) (float64, bool) {
	if v := positive(w); v != 0 {
		return v, true
	}
	if v := negative(w); v != 0 {
		return v, true
	}
	v := home(w)
	return v, v != 0
}

func positive(w string) float64 {
	switch w {
	case "amazing", "awesome", "excellent", "fantastic", "perfect", "outstanding", "superb", "wonderful", "brilliant", "magnificent",
		"incredible", "phenomenal", "exceptional", "fabulous", "terrific", "marvelous", "flawless", "masterpiece", "stunning", "ecstatic":
		return 3.4
	case "love", "loved", "loves", "loving", "best", "delighted", "delightful", "great", "greatest", "beautiful", "beautifully", "gorgeous", "thrilled",
		"blessed", "joy", "triumph", "adore", "adorable", "overjoyed", "heaven", "yay", "woohoo", "hilarious", "superior", "congrats", "congratulations",
		"<3", ":D", ":-D", "=D", "xD", "XD":
		return 3
	case "happy", "happier", "happily", "happiness", "excited", "exciting", "thanks", "thank", "thankyou", "thx", "grateful", "thankful", "enjoy", "enjoyed", "enjoying",
		"enjoyable", "enjoys", "impressed", "impressive", "pleased", "pleasure", "lovely", "win", "winner", "winning", "won", "success", "successful", "successfully",
		"favorite", "favourite", "glad", "appreciate", "appreciated", "appreciation", "friendly", "kind", "kindness", "caring", "fun", "funny", "sweet", "smile", "smiling",
		"smiles", "celebrate", "celebration", "proud", "hero", "recommend", "recommended", "cute", "lol", "haha", "hahaha", "lmao", "lmfao", ":)", ":-)", "=)", ":]", ";)", ";-)", "xoxo",
		"pleasant", "pleasantly", "charming", "charm", "elegant", "passionate", "witty", "engaging", "refreshing", "compelling", "inspired", "inspiring", "vivid", "memorable", "touching",
		"entertaining", "powerful", "remarkable", "splendid", "satisfying", "rewarding", "gem", "treat", "delicious", "yummy", "laugh", "laughing", "laughed", "laughs", "hug", "hugs":
		return 2.3
	case "good", "nice", "nicely", "nicest", "better", "well", "cool", "helpful", "helped", "helps", "comfortable", "comfy", "reliable", "solid", "easy", "easily", "easier", "smooth", "smoothly", "quick",
		"quickly", "fast", "faster", "satisfied", "welcome", "welcoming", "relieved", "relief", "polite", "courteous", "respectful", "professional", "thoughtful", "attentive",
		"prompt", "promptly", "responsive", "gracious", "generous", "strong", "sharp", "fresh", "clever", "smart", "bright", "interesting", "fascinating", "original",
		"worth", "worthy", "worthwhile", "hope", "hopeful", "hopefully", "hoping", "luck", "lucky", "support", "supportive", "supports", "trust", "trusted", "honest", "peaceful", "calm", "relaxing", "relaxed",
		"safe", "secure", "fine", "bonus", "gift", "free", "improved", "improvement", "improve", "improves", "upgrade", "convenient", "handy", "accurate", "durable", "sturdy", "crisp", "clear", "clearly",
		"effective", "efficient", "intuitive", "likable", "warm", "warmth", "agree", "agreed", "yes", "yeah", "wow", "ready", "special", "stylish", "sleek", "versatile", "praise", "party", "dear", "friend", "friends",
		"beauty", "energetic", "effectively", "simple", "affordable", "inexpensive", "rich", "talented", "talent", "subtle", "intelligent", "wise", "lively", "hot", "sexy", "benefit", "benefits", "value", "gained", "promising":
		return 1.6
	case "ok", "okay", "like", "liked", "likes", "decent", "fair", "works", "worked", "adequate", "useful", "pretty", "clean", "cleaner", "sure", "please", "care", "cares", "interested", "active", "positive", "top",
		"light", "capable", "large", "natural", "rare", "ultimate", "popular", "loud", "real", "help", "helping", "bless", "cheers", "soft", "plus", "advantage", "new", "bargain", "gain", "proper", "properly":
		return 0.8
	}
	return 0
}

func negative(w string) float64 {
	switch w {
	case "terrible", "horrible", "awful", "worst", "disgusting", "atrocious", "appalling", "abysmal", "horrendous", "horrific", "unacceptable", "outrageous", "disgusted", "disgrace",
		"disgraceful", "hate", "hated", "hates", "hating", "furious", "nightmare", "evil", "despicable", "murder", "murdered", "killed", "death", "died", "dead", "tragedy", "tragic", "devastated", "torture",
		"fuck", "fucking", "fucked", "bastard", "bitch", "asshole", "horribly", "terribly", "rape", "suicide", "livid", "inexcusable", "deplorable":
		return -3.2
	case "angry", "anger", "mad", "rage", "pathetic", "ridiculous", "garbage", "trash", "crap", "crappy", "shit", "shitty", "sucks", "suck", "sucked", "useless", "worthless", "junk", "miserable", "misery", "dreadful", "fraud",
		"scam", "liar", "liars", "lied", "lies", "lying", "rude", "insulting", "insult", "disrespectful", "offensive", "frustrated", "frustrating", "frustration", "sick", "damn", "hell", "idiot", "idiots", "stupid",
		"dumb", "incompetent", "neglect", "neglected", "negligent", "dangerous", "danger", "unsafe", "cry", "crying", "cried", "cries", "ruined", "ruin", "ruins", "destroyed", "destroy", "crime", "criminal", "violent",
		"violence", "threat", "threatened", "terrified", "scared", "scary", "fear", "panic", "ugly", "nasty", "vile", "cruel", "heartbroken", "depressed", "depressing", "depression", "fail", "failed", "failure", "fails",
		"defective", "lawsuit", "attorney", "lawyer", "war", "attack", "attacks", "bomb", "pain", "painful", "hurt", "hurts", "hurting", "victim", "abuse", "abused", "unbearable", "wtf", "piss", "pissed", "terror", "fatal",
		":(", ":-(", "=(", ":'(", ":[", "D:":
		return -2.5
	case "bad", "badly", "worse", "poor", "poorly", "sad", "sadly", "sadness", "upset", "upsetting", "disappointed", "disappointing", "disappointment", "disappoint", "disappoints", "annoyed", "annoying", "annoys", "unhappy", "dissatisfied",
		"wrong", "problem", "problems", "broken", "broke", "breaks", "unfortunate", "unfortunately", "unprofessional", "unreliable", "unresponsive", "unfair", "unhelpful", "unable", "mess", "messy", "dirty", "filthy", "smelly", "stink",
		"stinks", "gross", "complaint", "complaints", "complain", "complained", "complaining", "worried", "worry", "worrying", "anxious", "stress", "stressed", "stressful", "afraid", "alone", "lonely",
		"ashamed", "shame", "regret", "sorry", "hard", "harsh", "difficult", "difficulty", "trouble", "troubles", "struggle", "struggling", "lose", "losing", "loses", "lost", "loss", "loser", "weak", "dull", "boring", "bored", "bland",
		"stale", "tedious", "tiresome", "pointless", "clumsy", "awkward", "lame", "cheap", "cheaply", "flimsy", "faulty", "flaw", "flaws", "flawed", "waste", "wasted", "wasting", "lacks", "lacking", "lack", "mistake", "mistakes",
		"error", "errors", "fake", "false", "mediocre", "inferior", "overpriced", "rip", "ripoff", "refund", "refuse", "refused", "refuses", "reject", "rejected", "blame", "blamed", "jerk", "ugh", "sigh", "wept", "tears",
		"disaster", "silly", "absurd", "ludicrous", "nonsense", "contrived", "predictable", "shallow", "pretentious", "forgettable", "uninspired", "unfunny", "unwatchable", "messed", "screwed", "headache", "tired", "exhausted",
		"exhausting", "weird", "confused", "confusing", "jealous", "guilty", "sucky", "arrested", "jail", "cancer", "ill", "injured", "crash", "crashed", "crashes", "hell-hole", "unwell", "arrogant", "bother", "bothered", "inconvenient",
		"inconvenience", "miss", "missed", "missing", "misses", "uncomfortable", "uncomfortably", "lousy", "clunky", "mindless", "lifeless", "hollow", "cliche", "cliched", "clichéd", "tasteless", "murky", "sloppy", "poison", "steal", "stole", "stolen",
		"hideous", "disturbing", "regrettable", "downside", "drawback", "beware", "irritating", "irritated", "overly", "goddamn", "wreck", "cheesy", "incoherent", "unbelievable", "meh", "crummy", "fear-mongering":
		return -1.9
	case "slow", "slowly", "issue", "issues", "concern", "concerned", "concerns", "no", "nope", "can't", "cannot", "stuck", "stop", "stopped", "stops", "need", "confusion", "fault", "delay", "delayed", "delays", "late",
		"expensive", "heavy", "unclear", "strange", "odd", "old", "cold", "empty", "limited", "cut", "pay", "short", "cost", "costs", "avoid", "quit", "doubt", "unless", "never", "nothing", "nobody", "nowhere", "warning", "risk", "pity", "bizarre",
		"excuse", "excuses", "deny", "denied", "oversized", "bulky", "vague", "thin", "too", "least", "worn", "goes-nowhere", "unnecessary", "drag", "drags", "hardly", "barely", "falls", "flat", "minor", "dark", "leave", "leaving", "wait", "hang":
		return -0.9
	}
	return 0
}

// home holds the words that carry tone in a message about a home.
func home(w string) float64 {
	switch w {
	case "infested", "infestation", "roach", "roaches", "cockroach", "cockroaches", "bedbugs", "sewage", "uninhabitable", "evict", "evicted", "eviction", "slumlord", "hazard", "hazardous", "flooded", "fire", "burst":
		return -2.8
	case "mold", "mould", "moldy", "mouldy", "rats", "rat", "mice", "mouse", "vermin", "bugs", "ants", "flooding", "flood", "leaking", "leaks", "leak", "leaky", "overflowing", "clogged", "backed-up", "stench", "mildew", "sparking", "freezing",
		"ignored", "ignoring", "ignores", "ignore", "unanswered", "unresolved", "neglectful", "harassed", "harassment", "noisy", "rotting", "rotten", "trespassing", "blocked":
		return -2
	case "noise", "smell", "smells", "smelled", "damp", "dripping", "drip", "cracked", "crack", "stained", "stains", "pest", "pests", "outage", "unfixed", "reopened", "waited", "waiting", "overdue", "forgot", "forgotten",
		"barking", "rattling", "squeaking", "peeling", "rust", "rusty", "clog", "dead-bolt", "jammed", "locked", "parking", "towed", "fee", "fees":
		return -1.2
	case "again", "still", "yet", "already", "supposedly", "repeatedly", "weeks", "months", "twice", "anymore":
		return -0.7
	case "fixed", "repaired", "resolved", "solved", "restored", "spotless", "immaculate", "cozy", "quiet", "cheerful", "neighborly", "accommodating", "understanding", "knowledgeable", "punctual", "thorough":
		return 1.7
	case "finally", "installed", "replaced", "answered", "replied", "sorted", "completed":
		return 0.7
	}
	return 0
}

// negates tells whether the word turns what follows.
func negates(w string) bool {
	switch w {
	case "not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "hardly", "barely", "cannot", "cant", "dont", "doesnt", "didnt", "wont", "isnt", "wasnt", "aint", "lack", "lacks", "lacking", "less", "least":
		return true
	}
	return len(w) > 3 && w[len(w)-3:] == "n't"
}

// strength gives how much the word raises (above 0) or lowers (below 0) what follows.
func strength(w string) float64 {
	switch w {
	case "very", "really", "so", "extremely", "absolutely", "completely", "totally", "truly", "incredibly", "especially", "such", "super", "highly", "deeply", "most", "much", "more", "too", "always", "entirely", "utterly", "insanely", "damn", "fucking", "freaking", "all":
		return 0.25
	case "slightly", "somewhat", "bit", "little", "kinda", "kindof", "sorta", "fairly", "almost", "partly", "rather", "occasionally", "sometimes", "mostly", "quite", "could", "would", "should":
		return -0.25
	}
	return 0
}

// comparing tells whether "like" behind the word compares instead of liking.
func comparing(w string) bool {
	switch w {
	case "is", "was", "it's", "be", "are", "were", "looks", "look", "looked", "feels", "feel", "felt", "sounds", "sound", "seems", "seem", "just", "much", "more", "something", "anything", "nothing", "things", "stuff", "people", "smells", "something's", "works":
		return true
	}
	return false
}

// plain tells whether the word is a common English one without tone; a text of such words is English.
func plain(w string) bool {
	switch w {
	case "a", "an", "the", "and", "or", "but", "if", "then", "so", "as", "of", "in", "on", "at", "to", "from", "for", "by", "with", "about", "into", "over", "under", "after", "before", "up", "down", "out", "off", "i", "i'm", "i've", "i'd", "i'll", "me", "my",
		"mine", "we", "we're", "us", "our", "you", "your", "you're", "he", "him", "his", "she", "her", "it", "it's", "its", "they", "them", "their", "this", "that", "these", "those", "there", "here", "who", "what", "when", "where", "why", "how",
		"is", "am", "are", "was", "were", "be", "been", "being", "do", "does", "did", "done", "has", "have", "had", "having", "will", "would", "can", "could", "should", "may", "might", "must", "get", "got", "go", "goes", "going", "went", "come",
		"came", "make", "made", "take", "took", "see", "saw", "say", "said", "tell", "told", "know", "think", "thought", "use", "used", "give", "gave", "let", "put", "ask", "asked", "call", "called", "work", "feel", "try", "tried", "keep",
		"one", "two", "three", "first", "last", "next", "some", "any", "every", "each", "all", "both", "other", "another", "same", "own", "than", "just", "only", "also", "even", "now", "today", "yesterday", "tomorrow", "day", "days", "week", "month", "year",
		"time", "times", "way", "thing", "things", "people", "man", "woman", "home", "house", "apartment", "unit", "room", "kitchen", "bathroom", "door", "window", "sink", "water", "heat", "light", "office", "manager", "staff", "someone", "maintenance",
		"request", "email", "phone", "text", "message", "rent", "lease", "building", "floor", "hallway", "elevator", "laundry", "package", "package's", "key", "keys", "movie", "film", "camera", "product", "because", "while", "though", "since", "until":
		return true
	}
	return false
}
