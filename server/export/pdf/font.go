package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"golang.org/x/image/font/sfnt"
)

// fonts are where a TrueType font with Chinese usually is: fonts-droid-fallback, Noto as single TrueType files, Arphic, and Windows' own.
var fonts = []string{
	"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
	"/usr/share/fonts/google-droid/DroidSansFallbackFull.ttf",
	"/usr/share/fonts/truetype/noto/NotoSansSC-Regular.ttf",
	"/usr/share/fonts/truetype/arphic/gbsn00lp.ttf",
	`C:\Windows\Fonts\simhei.ttf`,
}

// ErrNoFont says that there is no font to write Chinese with, and what to do.
var ErrNoFont = errors.New("a PDF needs a TrueType font (.ttf) with Chinese characters, and none was found: install one (Debian, Ubuntu: fonts-droid-fallback and fonts-dejavu-core) or name one under reports.font in the configuration")

// maxFont is the largest font that is read.
const maxFont = 64 << 20

// latin are where a font for Latin script usually is: some Chinese fonts have none of it.
var latin = []string{
	"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
	"/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
	"/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
	`C:\Windows\Fonts\arial.ttf`,
}

// A font is a TrueType font with what is known of its characters.
type font struct {
	name string
	text []byte
	face *sfnt.Font
}

// has says whether the font can show a character.
func (f *font) has(r rune) bool {
	i, err := f.face.GlyphIndex(&sfnt.Buffer{}, r)
	return err == nil && i != 0
}

// readFonts gives the fonts to write with, the first that has a character is taken: the one that was named, or the first of the usual
// ones; before it one for Latin script where it has none.
func readFonts(name string) ([]*font, error) {
	names := fonts
	if name != "" {
		names = []string{name}
	}
	chinese, err := readFont(names, name != "")
	if err != nil {
		return nil, err
	}
	if !chinese.has('准') {
		return nil, fmt.Errorf("reports.font: %s has no Chinese characters", chinese.name)
	}
	if chinese.has('A') && chinese.has('0') {
		return []*font{chinese}, nil
	}
	other, err := readFont(latin, false)
	if errors.Is(err, ErrNoFont) {
		return nil, fmt.Errorf("reports.font: %s has no Latin letters and no font beside it was found: install fonts-dejavu-core, or name a font that has both", chinese.name)
	}
	if err != nil {
		return nil, err
	}
	return []*font{other, chinese}, nil
}

// readFont reads the first font that is there.
func readFont(names []string, must bool) (*font, error) {
	for _, n := range names {
		info, err := os.Stat(n)
		switch {
		case errors.Is(err, os.ErrNotExist) && !must:
			continue
		case err != nil:
			return nil, fmt.Errorf("reports.font: %w", err)
		case info.Size() > maxFont:
			return nil, fmt.Errorf("reports.font: %s is larger than %d MiB", n, maxFont>>20)
		}
		text, err := os.ReadFile(n)
		if err != nil {
			return nil, fmt.Errorf("reports.font: %w", err)
		}
		if err := checkFont(text); err != nil {
			return nil, fmt.Errorf("reports.font: %s: %w", n, err)
		}
		face, err := sfnt.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("reports.font: %s: %w", n, err)
		}
		return &font{n, text, face}, nil
	}
	return nil, ErrNoFont
}

// checkFont tells apart the kinds of font files by how they begin.
func checkFont(text []byte) error {
	switch {
	case bytes.HasPrefix(text, []byte("\x00\x01\x00\x00")), bytes.HasPrefix(text, []byte("true")):
		return nil
	case bytes.HasPrefix(text, []byte("ttcf")):
		return errors.New("it is a collection (TTC); a single TrueType font (.ttf) is needed")
	case bytes.HasPrefix(text, []byte("OTTO")):
		return errors.New("it has PostScript outlines (CFF); a font with TrueType outlines (.ttf) is needed")
	}
	return errors.New("it is no TrueType font")
}
