import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Takes out of a class file what only debuggers and compilers read: the names of local variables, and annotations that
/// no running program sees. Line numbers stay, for stack traces. It is smaller as a file, and again in the AOT cache.
final class Slim {
    private static final Set<String> LEFT_OUT = Set.of(
            "LocalVariableTable",
            "LocalVariableTypeTable",
            "RuntimeInvisibleAnnotations",
            "RuntimeInvisibleParameterAnnotations",
            "RuntimeInvisibleTypeAnnotations");

    private static final int MAGIC = 0xCAFEBABE;

    private final ByteBuffer in;

    /// By their numbers in the constant pool: the names that matter here.
    private final Map<Integer, String> names = new HashMap<>();

    private Slim(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    static byte[] classFile(byte[] bytes) throws IOException {
        Slim slim = new Slim(bytes);
        if (slim.in.getInt() != MAGIC) {
            throw new IOException("no class file");
        }
        slim.in.getInt();
        slim.readConstants();
        int interfaces = Short.toUnsignedInt(slim.in.getShort(slim.in.position() + 6));
        int start = slim.in.position() + 8 + 2 * interfaces;
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        out.write(bytes, 0, start);
        slim.in.position(start);
        DataOutputStream data = new DataOutputStream(out);
        slim.copyMembers(data);
        slim.copyMembers(data);
        slim.copyAttributes(data);
        if (slim.in.hasRemaining()) {
            throw new IOException("bytes behind the class");
        }
        return out.toByteArray();
    }

    private void readConstants() throws IOException {
        int count = unsigned();
        for (int i = 1; i < count; i++) {
            int tag = in.get();
            switch (tag) {
                case 1 -> {
                    byte[] text = new byte[unsigned()];
                    in.get(text);
                    String name = new String(text, StandardCharsets.ISO_8859_1);
                    if (name.equals("Code") || LEFT_OUT.contains(name)) {
                        names.put(i, name);
                    }
                }
                case 3, 4, 9, 10, 11, 12, 17, 18 -> skip(4);
                case 5, 6 -> {
                    skip(8);
                    // These take two numbers.
                    i++;
                }
                case 7, 8, 16, 19, 20 -> skip(2);
                case 15 -> skip(3);
                default -> throw new IOException("unknown constant " + tag);
            }
        }
    }

    /// Fields, or methods.
    private void copyMembers(DataOutputStream out) throws IOException {
        int count = unsigned();
        out.writeShort(count);
        for (int i = 0; i < count; i++) {
            copy(out, 6);
            copyAttributes(out);
        }
    }

    private void copyAttributes(DataOutputStream out) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream kept = new DataOutputStream(bytes);
        int count = unsigned();
        int left = count;
        for (int i = 0; i < count; i++) {
            int name = unsigned();
            int length = in.getInt();
            String known = names.getOrDefault(name, "");
            if (LEFT_OUT.contains(known)) {
                skip(length);
                left--;
            } else if (known.equals("Code")) {
                byte[] code = code();
                kept.writeShort(name);
                kept.writeInt(code.length);
                kept.write(code);
            } else {
                kept.writeShort(name);
                kept.writeInt(length);
                copy(kept, length);
            }
        }
        out.writeShort(left);
        bytes.writeTo(out);
    }

    private byte[] code() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        copy(out, 4);
        int length = in.getInt();
        out.writeInt(length);
        copy(out, length);
        int handlers = unsigned();
        out.writeShort(handlers);
        copy(out, 8 * handlers);
        copyAttributes(out);
        return bytes.toByteArray();
    }

    private int unsigned() {
        return Short.toUnsignedInt(in.getShort());
    }

    private void skip(int bytes) {
        in.position(in.position() + bytes);
    }

    private void copy(DataOutputStream out, int bytes) throws IOException {
        out.write(in.array(), in.position(), bytes);
        skip(bytes);
    }
}
