package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// deviceItem is a browser that a resident lets us notify. Its keys are not shown.
type deviceItem struct {
	ID      string     `json:"id"`
	Label   string     `json:"label,omitempty"`
	Service string     `json:"service" doc:"Host of the browser's push service."`
	Made    time.Time  `json:"made"`
	MadeBy  string     `json:"made_by"`
	Fault   string     `json:"fault,omitempty" doc:"What the service said the last time it refused a notification for another reason than that the subscription is over."`
	FaultAt *time.Time `json:"fault_at,omitempty"`
}

func (a *API) deviceItemOf(d message.Device) deviceItem {
	return deviceItem{ID: d.ID, Label: d.Label, Service: hostOf(d.Endpoint), Made: d.Made.UTC(), MadeBy: d.MadeBy, Fault: d.Fault, FaultAt: instant(d.FaultAt)}
}

// pushKeyItem is what a page gives to the browser's subscribe call.
type pushKeyItem struct {
	Key string `json:"key" doc:"applicationServerKey, in base64url."`
}

func (a *API) addDevices() {
	const tag = "Notifications"
	add(a, about{http.MethodGet, "/push/key", tag, "get-push-key", "Read the key for push services",
		"A page gives it to PushManager.subscribe as applicationServerKey. It is made the first time it is asked for, and stays.", account.ScopeRead}, a.getPushKey)
	add(a, about{http.MethodGet, "/residents/{id}/devices", tag, "list-devices", "List the browsers that may notify a resident", "The oldest first.", account.ScopeRead}, a.listDevices)
	add(a, about{http.MethodPost, "/residents/{id}/devices", tag, "post-device", "Keep a browser that may notify a resident",
		"The subscription as the browser gave it. The same endpoint again takes the place of the one before, also under another resident. Of more than ten the oldest is forgotten; " +
			"one that the push service calls over is forgotten by itself.", account.ScopeTasks}, a.postDevice)
	add(a, about{http.MethodDelete, "/residents/{id}/devices/{device}", tag, "delete-device", "Forget a browser", "", account.ScopeTasks}, a.deleteDevice)
}

// pushOpen fails while push is none of the ways.
func (a *API) pushOpen() error {
	if a.PushGuard == nil {
		return hearth.Errorf(hearth.CodeConflict, "Notifications are switched off here: add push to the setting ways.")
	}
	return nil
}

func (a *API) getPushKey(ctx context.Context, _ *struct{}) (*one[pushKeyItem], error) {
	if err := a.pushOpen(); err != nil {
		return nil, err
	}
	key, err := a.Messages.PushKey(ctx, a.db)
	if err != nil {
		return nil, err
	}
	return &one[pushKeyItem]{pushKeyItem{key.Public()}}, nil
}

func (a *API) listDevices(ctx context.Context, in *ResidentPath) (*list[deviceItem], error) {
	var all []message.Device
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		all, err = a.Messages.Devices(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", a.deviceItemOf), nil
}

func (a *API) postDevice(ctx context.Context, in *struct {
	ResidentPath
	Body struct {
		Endpoint string `json:"endpoint" minLength:"1" maxLength:"2000" doc:"As PushSubscription.toJSON gives it."`
		Keys     struct {
			P256dh string `json:"p256dh" minLength:"1" maxLength:"120"`
			Auth   string `json:"auth" minLength:"1" maxLength:"60"`
		} `json:"keys"`
		ExpirationTime *float64 `json:"expirationTime,omitempty" nullable:"true" doc:"Taken and not needed: the push service says when it is over."`
		Label          string   `json:"label,omitempty" maxLength:"100" doc:"What the resident calls it."`
	}
}) (*one[deviceItem], error) {
	if err := a.pushOpen(); err != nil {
		return nil, err
	}
	var d message.Device
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		d, err = a.Messages.Subscribe(ctx, tx, actorOf(ctx), id, a.PushGuard,
			message.Subscription{Endpoint: in.Body.Endpoint, P256dh: in.Body.Keys.P256dh, Auth: in.Body.Keys.Auth, Label: in.Body.Label})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &one[deviceItem]{a.deviceItemOf(d)}, nil
}

func (a *API) deleteDevice(ctx context.Context, in *struct {
	ResidentPath
	Device string `path:"device" maxLength:"64"`
}) (*struct{}, error) {
	return nil, a.db.Write(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		return a.Messages.ForgetDevice(ctx, tx, id, in.Device)
	})
}

// hostOf is the host of an address, for people: the rest of an endpoint is as good as a key.
func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Host
}
