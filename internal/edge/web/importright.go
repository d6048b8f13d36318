package web

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
)

// ImportBy is somebody who brings files in.
type ImportBy struct {
	Actor hearth.Actor
	// Within lists the properties where they may; nil: everywhere.
	Within []hearth.PropertyID
}

// kindStaff is what a list of the team is called.
const kindStaff = "staff"

// bringer gives who brings a file in.
func (q *request) bringer() ImportBy {
	by := ImportBy{Actor: q.actor}
	wide := q.acc
	wide.Roles = nil
	if !wide.May(account.ImportsWrite, "") {
		by.Within = append([]hearth.PropertyID{}, q.acc.Where(account.ImportsWrite)...)
	}
	return by
}

// teamRights are what a list of the team asks for beside the right to bring files in: it gives roles, and changes hours.
func teamRights() []right { return []right{account.RolesWrite, account.TeamWrite} }

// maySayKind tells whether files of a kind are the viewer's to bring in, a sign-in that was just now apart.
func (q *request) maySayKind(kind string) bool {
	if kind != kindStaff {
		return true
	}
	for _, need := range teamRights() {
		if !q.may(need) {
			return false
		}
	}
	return true
}

// mayBring refuses a file of a kind that is not the viewer's to bring in or to take back.
func (q *request) mayBring(kind string) error {
	if !q.maySayKind(kind) {
		return hearth.Errorf(hearth.CodeForbidden, "A list of the team gives roles, and that is not among what your role may do. Ask the manager or the administrator to bring it in.")
	}
	if kind != kindStaff || q.guest {
		return nil
	}
	for _, need := range teamRights() {
		if q.acc.NeedsStepUp(need) {
			return q.onceMore()
		}
	}
	return nil
}

// mayImport refuses what the path names, a file that waits or an import, if files of its kind are not the viewer's.
func (q *request) mayImport() error {
	id, kind := q.PathValue("id"), ""
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		if strings.HasPrefix(id, "imd_") {
			d, err := q.web.Imports.Draft(ctx, tx, id)
			kind = d.Kind
			return err
		}
		r, err := q.web.Imports.One(ctx, tx, hearth.ImportID(id))
		kind = r.Kind
		return err
	})
	if err != nil {
		return err
	}
	return q.mayBring(kind)
}

// kinds is what the viewer may say that a file holds.
func (q *request) kinds() []ui.Option {
	var out []ui.Option
	for _, o := range importKinds() {
		if q.maySayKind(o.Value) {
			out = append(out, o)
		}
	}
	return out
}
