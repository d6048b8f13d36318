// Package picture makes a photo that somebody sent safe to keep and to show: what is no picture is refused, what is too large
// is made smaller, and only the points themselves are kept. Where it was taken, when and with what (EXIF) is gone. It keeps
// nothing.
package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"hearth"
)

// The bounds of what is taken and kept.
const (
	MaxBytes  = 10 << 20   // of the file
	maxPoints = 50_000_000 // a phone's largest; 16 million for PNG, which takes more memory
	maxPNG    = 16_000_000
	maxSide   = 1600 // of what is kept
	quality   = 82
)

// Picture is what is kept of a photo.
type Picture struct {
	Kind          string // "image/jpeg" or "image/png"
	Body          []byte
	Width, Height int
}

// Clean reads a photo by what its bytes are, whatever its name says, turns it upright, makes it at most 1600 points wide and
// high, and writes it anew. It fails with CodeInvalid for what is no JPEG or PNG, and with CodeTooLarge for what is too large.
func Clean(file []byte) (Picture, error) {
	if len(file) > MaxBytes {
		return Picture{}, tooLarge()
	}
	var kind string
	var config image.Config
	var err error
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		kind = "image/jpeg"
		config, err = jpeg.DecodeConfig(bytes.NewReader(file))
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		kind = "image/png"
		config, err = png.DecodeConfig(bytes.NewReader(file))
	default:
		return Picture{}, noPicture()
	}
	most := maxPoints
	if kind == "image/png" {
		most = maxPNG
	}
	switch {
	case err != nil || config.Width <= 0 || config.Height <= 0:
		return Picture{}, noPicture()
	case config.Width > most/config.Height:
		return Picture{}, tooLarge()
	}
	return redraw(kind, file)
}

func redraw(kind string, file []byte) (Picture, error) {
	decode := jpeg.Decode
	if kind == "image/png" {
		decode = png.Decode
	}
	read, err := decode(bytes.NewReader(file))
	if err != nil {
		return Picture{}, noPicture()
	}
	turn := 1
	if kind == "image/jpeg" {
		turn = orientation(file)
	}
	drawn := upright(smaller(read), turn)
	var b bytes.Buffer
	if kind == "image/png" {
		err = png.Encode(&b, drawn)
	} else {
		err = jpeg.Encode(&b, drawn, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return Picture{}, fmt.Errorf("draw a photo anew: %w", err)
	}
	size := drawn.Bounds()
	return Picture{Kind: kind, Body: b.Bytes(), Width: size.Dx(), Height: size.Dy()}, nil
}

func noPicture() error {
	return hearth.FieldErrorf("photo", "This is not a photo that we can read. Send a JPEG or PNG picture.")
}

func tooLarge() error {
	return &hearth.Error{Code: hearth.CodeTooLarge, Field: "photo", Message: "This photo is too large. Send one of up to 10 MB."}
}
