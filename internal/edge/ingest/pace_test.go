package ingest

import (
	"testing"
	"time"
)

// Transactions grow to their aim, longer ones only while nobody else writes, and shrink at once when somebody does.
func TestPace(t *testing.T) {
	row := 100 * time.Microsecond
	p := pace{size: fewestRows}
	size, met := p.size, int64(0)
	run := func(n int, others bool) {
		for range n {
			if others {
				met++
			}
			size = p.next(time.Duration(size)*row, met)
		}
	}
	run(60, true)
	if took := time.Duration(size) * row; took > applyFor*5/4 || took < applyFor/2 {
		t.Errorf("beside others a transaction takes %s, aim %s", took, applyFor)
	}
	run(60, false)
	if took := time.Duration(size) * row; took > applyAlone*5/4 || took < applyAlone/2 {
		t.Errorf("alone a transaction takes %s, aim %s", took, applyAlone)
	}
	run(1, true)
	if size > mostRows {
		t.Errorf("%d rows go into the transaction after another was met", size)
	}
	row = time.Second
	run(60, false)
	if size != fewestRows {
		t.Errorf("%d of the slowest rows go into one transaction, want %d", size, fewestRows)
	}
}
