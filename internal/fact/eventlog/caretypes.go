package eventlog

// careTypes tell that there is a situation and until when; what it is stays closed, so no event says it.
func careTypes() []Type {
	return []Type{
		entry("situation.set", "Somebody set a situation that asks for care; what it is stays closed.", "resident",
			`{"situation":"sit_1","until":"2026-12-31T06:00:00Z"}`, need("situation", words(), "which one"),
			may("until", instant(), "when it ends by itself; left out: it does not")),
		entry("situation.ended", "A situation that asked for care is over.", "resident", `{"situation":"sit_1"}`,
			need("situation", words(), "which one")),
	}
}
