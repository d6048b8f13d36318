package web

import (
	"time"

	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
)

// Backups is what lies where the installation's backups are put.
type Backups struct {
	Dir     string // "": nobody said where they are put
	Unread  bool   // it can't be looked at
	Count   int
	Name    string // of the newest
	Bytes   int64
	Made    time.Time
	Checked time.Time // when somebody tried it last; zero: nobody did
}

// staleAfter is how old the newest backup may be: one a night, and an hour or two for a night that was late.
const staleAfter = 26 * time.Hour

// backupView is the panel, ready to be drawn.
type backupView struct {
	Chip  ui.Chip
	Facts []ui.Fact
	Words string // what to do; "" where nothing is
}

// backupView says how the backups are, and what to do where they are not as they should be.
func (q *request) backupView(b Backups) backupView {
	const how = "docs/backup.md has the commands for both databases."
	switch {
	case b.Dir == "":
		return backupView{Chip: ui.Chip{Word: "not watched", Shade: ui.Today}, Words: "Hearth makes none by itself, and nobody told it where yours are put. Make one every night, and name its directory in the setting backups: then its age stands here. " + how}
	case b.Unread:
		return backupView{Chip: ui.Chip{Word: "can't be seen", Shade: ui.Now}, Words: "The directory " + b.Dir + " can't be read. Look whether it is there, and whether Hearth's account may open it."}
	case b.Count == 0:
		return backupView{Chip: ui.Chip{Word: "none", Shade: ui.Now}, Words: "There is none in " + b.Dir + ". If this machine is lost now, everything is. Make one today. " + how}
	}
	v := backupView{Chip: ui.Chip{Word: "in time", Shade: ui.Good}}
	checked := ui.Fact{Name: "Checked", Value: page.When(b.Checked, q.now, q.zone)}
	switch age := q.now.Sub(b.Made); {
	case age > staleAfter:
		v.Chip = ui.Chip{Word: "too old", Shade: ui.Now}
		v.Words = "The newest is " + agoWords(age) + " old: what makes one every night did not. Make one now, and look into its log."
	case b.Checked.IsZero():
		v.Chip = ui.Chip{Word: "not checked", Shade: ui.Today}
		v.Words = "Nobody tried whether it can be restored. " + how
	}
	if b.Checked.IsZero() {
		checked.Value = "not yet"
	}
	v.Facts = []ui.Fact{{Name: "The newest", Value: b.Name + ", " + bytesWords(b.Bytes)}, {Name: "Made", Value: page.When(b.Made, q.now, q.zone)}, checked, {Name: "Kept", Value: count(b.Count, "backup", "backups")}}
	return v
}
