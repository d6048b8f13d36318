package desk

// outageWords says what an outage means for a home, as the end of a sentence. What has no words here stays unsaid, so
// that a person writes it.
func outageWords(lang, what string) string {
	words := map[string][2]string{
		"water":          {"the water will be off", "no habrá agua"},
		"hot_water":      {"there will be no hot water", "no habrá agua caliente"},
		"drinking_water": {"please do not drink the tap water, also not for brushing teeth", "por favor, no beba agua de la llave ni la use para lavarse los dientes"},
		"power":          {"the power will be off", "no habrá electricidad"},
		"heating":        {"the heating will be off", "no habrá calefacción"},
		"gas":            {"the gas will be off", "no habrá gas"},
		"elevator":       {"the elevator will be out of service", "el elevador no funcionará"},
		"internet":       {"the internet connection of the building will be off", "no habrá internet en el edificio"},
		"parking":        {"the parking area will be closed", "el estacionamiento estará cerrado"},
		"weather":        {"severe weather is expected; please stay inside if you can", "se espera mal tiempo; si puede, no salga"},
	}
	if lang == spanish {
		return words[what][1]
	}
	return words[what][0]
}
