package column

import "testing"

// Beside charge codes an amount is that of a charge; where nothing tells charges apart, or a person says so, it is the rent.
func TestAmountBesideChargeCodes(t *testing.T) {
	rent := &Rules{Columns: map[string]string{"Amount": Rent}}
	kept := &Rules{Columns: map[string]string{"Amount": Rent}, Kept: true}
	for _, c := range []struct {
		header []string
		rules  *Rules
		want   string
	}{
		{[]string{"Unit", "Resident", "Charge Code", "Amount"}, nil, ChargeAmount},
		{[]string{"Unit", "Resident", "Charge Code", "Amount"}, kept, ChargeAmount},
		{[]string{"Unit", "Resident", "Charge Code", "Amount"}, rent, Rent},
		{[]string{"Unit", "Resident", "Charge Code", "Rent"}, nil, Rent},
		{[]string{"Unit", "Resident", "Charge Code", "Monthly Rent"}, nil, Rent},
		{[]string{"Unit", "Resident", "Lease Start", "Amount"}, rent, Rent},
	} {
		profiles := []*Profile{profile("101", "102", "103"), profile("Ana Ruiz", "Kim Lee", "Lou Hill"), profile("RENT", "PET", "RENT"), profile("1,200.00", "50.00", "900.00")}
		if m := Recognise(Residents, c.header, profiles, c.rules); m.Of(c.want) != 3 {
			t.Errorf("%v with %+v: %+v, want the last as %s", c.header, c.rules, m.Columns[3], c.want)
		}
	}
}
