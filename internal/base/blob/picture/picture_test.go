package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"hearth"
)

// shot is a picture whose left half is red and right half blue.
func shot(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{R: 250, A: 255}
			if x >= w/2 {
				c = color.NRGBA{B: 250, A: 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t *testing.T, m image.Image, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if kind == "image/png" {
		err = png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withEXIF puts what a phone writes into a JPEG: how it was held, its name, and where it was (GPS).
func withEXIF(file []byte, turn uint16) []byte {
	var tiff bytes.Buffer
	tiff.WriteString("MM\x00\x2a\x00\x00\x00\x08")
	put := func(v any) { binary.Write(&tiff, binary.BigEndian, v) }
	put(uint16(3))
	put([]uint16{271, 2})
	put([]uint32{12, 50})
	put([]uint16{274, 3})
	put(uint32(1))
	put([]uint16{turn, 0})
	put([]uint16{34853, 4})
	put([]uint32{1, 62})
	put(uint32(0))
	tiff.WriteString("SecretPhone\x00")
	tiff.WriteString("GPS 40.7128N 74.0060W")
	body := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	seg := []byte{0xff, 0xe1, byte((len(body) + 2) >> 8), byte(len(body) + 2)}
	return append(append(append([]byte{}, file[:2]...), append(seg, body...)...), file[2:]...)
}

func TestCleanForgetsWhereItWas(t *testing.T) {
	file := withEXIF(encoded(t, shot(40, 20), "image/jpeg"), 6)
	if !bytes.Contains(file, []byte("GPS 40.7128N")) {
		t.Fatal("the sample says nothing about where it was")
	}
	got, err := Clean(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"Exif", "GPS", "SecretPhone"} {
		if bytes.Contains(got.Body, []byte(gone)) {
			t.Errorf("%q is still in the photo", gone)
		}
	}
	if got.Kind != "image/jpeg" || got.Width != 20 || got.Height != 40 {
		t.Fatalf("it is %s, %d by %d; want it turned upright", got.Kind, got.Width, got.Height)
	}
	m, err := jpeg.Decode(bytes.NewReader(got.Body))
	if err != nil {
		t.Fatal(err)
	}
	top, _, _, _ := m.At(10, 5).RGBA()
	bottom, _, _, _ := m.At(10, 35).RGBA()
	if top < 0xc000 || bottom > 0x4000 {
		t.Errorf("red stands at %x above and %x below; what was left is to be above", top, bottom)
	}
}

// Each way of holding a camera comes out as what was seen.
func TestEveryTurn(t *testing.T) {
	for turn, red := range map[int]image.Point{1: {X: 2, Y: 5}, 2: {X: 37, Y: 5}, 3: {X: 37, Y: 5}, 4: {X: 2, Y: 5}, 5: {X: 5, Y: 2}, 6: {X: 5, Y: 2}, 7: {X: 5, Y: 37}, 8: {X: 5, Y: 37}, 0: {X: 2, Y: 5}, 9: {X: 2, Y: 5}} {
		m := upright(smaller(shot(40, 20)), turn)
		if c := m.NRGBAAt(red.X, red.Y); c.R < 200 {
			t.Errorf("held as %d, the point %v is %v and not red", turn, red, c)
		}
	}
}

func TestCleanMakesSmaller(t *testing.T) {
	got, err := Clean(encoded(t, shot(3200, 800), "image/png"))
	if err != nil || got.Kind != "image/png" || got.Width != 1600 || got.Height != 400 {
		t.Errorf("it is %s, %d by %d, %v; want a PNG of 1600 by 400", got.Kind, got.Width, got.Height, err)
	}
}

func TestCleanRefuses(t *testing.T) {
	huge := encoded(t, shot(2, 2), "image/png")
	binary.BigEndian.PutUint32(huge[16:], 60000) // says that it is 60,000 wide and high
	binary.BigEndian.PutUint32(huge[20:], 60000)
	whole := encoded(t, shot(60, 60), "image/jpeg")
	for _, tt := range []struct {
		name string
		file []byte
		want hearth.Code
	}{
		{"nothing", nil, hearth.CodeInvalid},
		{"a page", []byte("<html><script>alert(1)</script>"), hearth.CodeInvalid},
		{"a drawing that can hold scripts", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), hearth.CodeInvalid},
		{"a moving picture", []byte("GIF89a"), hearth.CodeInvalid},
		{"a JPEG that is cut off", whole[:len(whole)/3], hearth.CodeInvalid},
		{"more bytes than are taken", []byte("\xff\xd8\xff" + strings.Repeat("x", MaxBytes)), hearth.CodeTooLarge},
		{"a small file that unfolds to billions of points", huge, hearth.CodeInvalid},
	} {
		_, err := Clean(tt.file)
		if got := hearth.CodeOf(err); got != tt.want {
			t.Errorf("%s: %v, want code %s", tt.name, err, tt.want)
		}
	}
	if _, err := Clean(encoded(t, image.NewGray(image.Rect(0, 0, 5000, 5000)), "image/png")); hearth.CodeOf(err) != hearth.CodeTooLarge {
		t.Errorf("25 million points as PNG: %v, want too large", err)
	}
	// What a program has hidden behind the picture is gone as well.
	got, err := Clean(append(whole, []byte("<script>alert(1)</script>")...))
	if err != nil || bytes.Contains(got.Body, []byte("script")) {
		t.Errorf("what stood behind the picture: kept or %v", err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*"))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) < 1<<16 {
			Clean(file)
		}
	})
}
