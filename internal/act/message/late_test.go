package message

import "testing"

// TestCrashBeforeTheRecord: the server took mails, the journal knows, and the process dies before the store does. The
// next life records them as sent; none is in doubt and none goes out twice.
func TestCrashBeforeTheRecord(t *testing.T) {
	d, clock := sqliteOf(t)
	r := newRig(t, d, clock, t.TempDir()+"/send.journal")
	p := r.start(r.smtp())
	ids := []string{"ana", "ben", "eve"}
	p.insert(mailOf(ids[0]), mailOf(ids[1]), mailOf(ids[2]))
	if _, err := p.sender.work(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		r.want(id, Queued, "", 1)
	}
	p.die()
	q := r.start(r.smtp())
	for _, id := range ids {
		r.want(id, Sent, "message.sent", 1)
	}
	q.drain()
	for _, id := range ids {
		r.want(id, Sent, "message.sent", 1)
	}
}

// TestLateBounded: when the journal's room is full, a worker waits for the store as if there were none.
func TestLateBounded(t *testing.T) {
	d, clock := sqliteOf(t)
	r := newRig(t, d, clock, t.TempDir()+"/send.journal")
	r.slots = 6 // two beside the connections
	p := r.start(r.smtp())
	p.insert(mailOf("ana"), mailOf("ben"), mailOf("eve"), mailOf("gus"))
	if _, err := p.sender.work(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if got := len(p.sender.late.first(10)); got != 2 {
		t.Errorf("%d mails wait to be recorded, want the two that there is room for", got)
	}
	if st := p.sender.Stats(); st.Sent != 2 {
		t.Errorf("%d mails are recorded, want the two that found no room", st.Sent)
	}
	if err := p.sender.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"ana", "ben", "eve", "gus"} {
		r.want(id, Sent, "message.sent", 1)
	}
	if got, _ := p.sender.late.reserve(); got < 4 {
		t.Errorf("slot %d is a connection's own", got)
	}
}

// TestLateGoesAside: nobody waits for the record of what was sent, so it lets those go first who wait for an answer, and takes its
// turn with decisions, which go aside too: a broadcast's next lot is decided while the last one is delivered.
func TestLateGoesAside(t *testing.T) {
	d, clock := sqliteOf(t)
	r := newRig(t, d, clock, t.TempDir()+"/send.journal")
	p := r.start(r.smtp())
	p.insert(mailOf("ana"), mailOf("ben"))
	if _, err := p.sender.work(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	before, counted := d.Stats(), p.store.Recorded()
	if _, err := p.sender.recordLate(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := d.Stats()
	if after.Asides != before.Asides+1 || after.Met != before.Met || p.store.Recorded() != counted {
		t.Errorf("recording took %d turns aside and %d others, %d of them counted", after.Asides-before.Asides, after.Met-before.Met, p.store.Recorded()-counted)
	}
	r.want("ana", Sent, "message.sent", 1)
}
