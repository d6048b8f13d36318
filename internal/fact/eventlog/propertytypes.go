package eventlog

// propertyTypes tell how a property works from now on, and which other programs hear of it.
func propertyTypes() []Type {
	changes := map[string]any{"type": "array", "minItems": 1, "items": map[string]any{"type": "object", "required": []string{"setting", "old", "new"},
		"properties": map[string]any{"setting": words(), "old": map[string]any{}, "new": map[string]any{}}}}
	return []Type{
		entry("property.settings_changed", "Somebody changed how a property works: its hours, budgets, voice or sender.", "property",
			`{"changes":[{"setting":"budget.week","old":2,"new":1}],"by":"staff/stf_1"}`,
			need("changes", changes, "each setting with its value before and after"), need("by", words(), "who"), may("reason", text(), "why")),
		entry("webhook.changed", "Somebody decided which other program hears what happens: added, changed, paused, resumed, removed, or gave it a new secret.", "webhook",
			`{"did":"changed","host":"reports.example.com","by":"staff/stf_1","hears_too":["workorder.opened"]}`,
			need("did", oneOf("added", "changed", "paused", "resumed", "secret", "removed"), "what"), need("host", words(), "where the program is"), need("by", words(), "who"),
			may("hears_too", textList(), "events it hears from now on"), may("hears_no_more", textList(), "events it hears no more"),
			may("properties", textList(), "of which properties it hears, where that was decided; empty: every one"), may("note", text(), "what it is for, where that was changed"), may("why", text(), "why Hearth paused it by itself")),
	}
}
