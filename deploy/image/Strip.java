import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Takes the table of symbols out of a library, as strip(1) does, which the build's image does not have. Symbols that
/// other libraries link to are in a table of their own and stay.
///
/// usage: java Strip.java LIBRARY
final class Strip {
    private static final int MAGIC_64_BIT_LITTLE = 0x464C457F;
    private static final int SECTION_BYTES = 64;
    private static final String LAST = ".symtab .strtab .shstrtab";

    private final ByteBuffer in;
    private final int sections;
    private final int count;

    private Strip(byte[] bytes) throws IOException {
        in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (in.getInt(0) != MAGIC_64_BIT_LITTLE || in.get(4) != 2 || in.get(5) != 1) {
            throw new IOException("no 64-bit library");
        }
        sections = Math.toIntExact(in.getLong(0x28));
        count = Short.toUnsignedInt(in.getShort(0x3C));
    }

    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        Strip strip = new Strip(Files.readAllBytes(file));
        if (!strip.lastThree().equals(LAST)) {
            System.out.println(file + " stays as it is: its last sections are " + strip.lastThree());
            return;
        }
        byte[] stripped = strip.stripped();
        System.out.println(file + ": " + strip.in.capacity() + " to " + stripped.length + " bytes");
        Files.write(file, stripped);
    }

    private String lastThree() {
        return name(count - 3) + " " + name(count - 2) + " " + name(count - 1);
    }

    private String name(int section) {
        int start = offset(count - 1) + in.getInt(header(section));
        int end = start;
        while (in.get(end) != 0) {
            end++;
        }
        return new String(in.array(), start, end - start, StandardCharsets.US_ASCII);
    }

    private int header(int section) {
        return sections + section * SECTION_BYTES;
    }

    private int offset(int section) {
        return Math.toIntExact(in.getLong(header(section) + 0x18));
    }

    /// All that lies before the symbols, then the names of the sections, then the sections that are left.
    private byte[] stripped() {
        int kept = offset(count - 3);
        int names = Math.toIntExact(in.getLong(header(count - 1) + 0x20));
        int headers = (kept + names + 15) / 16 * 16;
        ByteBuffer out = ByteBuffer.allocate(headers + (count - 2) * SECTION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.put(in.array(), 0, kept).put(in.array(), offset(count - 1), names);
        out.position(headers);
        out.put(in.array(), sections, (count - 3) * SECTION_BYTES);
        out.put(in.array(), header(count - 1), SECTION_BYTES);
        out.putLong(headers + (count - 3) * SECTION_BYTES + 0x18, kept);
        out.putLong(0x28, headers).putShort(0x3C, (short) (count - 2)).putShort(0x3E, (short) (count - 3));
        return out.array();
    }
}
