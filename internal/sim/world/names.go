package world

// Names gives the given names and family names from which people are made up, for other generators.
func Names() (given, family []string, err error) {
	w, err := loadWords()
	if err != nil {
		return nil, nil, err
	}
	return w.given, w.family, nil
}
