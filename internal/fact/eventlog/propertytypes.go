package eventlog

// propertyTypes tell how a property works from now on.
func propertyTypes() []Type {
	changes := map[string]any{"type": "array", "minItems": 1, "items": map[string]any{"type": "object", "required": []string{"setting", "old", "new"},
		"properties": map[string]any{"setting": words(), "old": map[string]any{}, "new": map[string]any{}}}}
	return []Type{
		entry("property.settings_changed", "Somebody changed how a property works: its hours, budgets, voice or sender.", "property",
			`{"changes":[{"setting":"budget.week","old":2,"new":1}],"by":"staff/stf_1"}`,
			need("changes", changes, "each setting with its value before and after"), need("by", words(), "who"), may("reason", text(), "why")),
	}
}
