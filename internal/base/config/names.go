package config

// Names gives the names of all settings, in the order of the list: flags of the same name are settings.
func Names() []string {
	var c Config
	keys := keysOf(&c)
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}
