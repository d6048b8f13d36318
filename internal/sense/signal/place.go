package signal

import "strconv"

// UnitKey names a unit in the form that views give it: "" for none.
func UnitKey(unit string) string { return unitKey(hash(unit)) }

// UnitKey names the unit of the tenancy that counts now, in the form of UnitKey; "" when none is known.
func (v View) UnitKey() string {
	t, _ := v.State.present(v.day())
	if t == nil {
		return ""
	}
	return unitKey(t.unit)
}

func unitKey(h uint64) string {
	if h == 0 {
		return ""
	}
	return strconv.FormatUint(h, 36)
}
