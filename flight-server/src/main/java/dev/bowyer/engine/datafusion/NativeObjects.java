package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.dataset.ObjectStores;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The stores of one engine, which its tables are read from too.
final class NativeObjects implements ObjectStores {
    /// Most files of one folder that are listed.
    private static final int MAX_LISTED = 1_000_000;

    private final NativeBorder border;
    private final NativeHandle engine;

    NativeObjects(NativeBorder border, NativeHandle engine) {
        this.border = border;
        this.engine = engine;
    }

    @Override
    public ObjectInfo head(String url) {
        return info(Json.read(border.ask(border.calls().objectHead, engine.value(), utf8(url), null)));
    }

    @Override
    public byte[] read(String url, long offset, long length) {
        return border.objectRead(engine.value(), utf8(url), offset, length);
    }

    @Override
    public List<ObjectInfo> list(String folder, @Nullable String from) {
        ObjectNode request = Json.object().put("folder", folder).put("limit", MAX_LISTED);
        if (from != null) {
            request.put("from", from);
        }
        List<ObjectInfo> found = new ArrayList<>();
        Json.read(border.ask(border.calls().objectList, engine.value(), Json.bytes(request), null))
                .forEach(object -> found.add(info(object)));
        return found;
    }

    @Override
    public void put(String prefix, Map<String, String> options) {
        ObjectNode json = Json.object();
        options.forEach(json::put);
        border.storePut(engine.value(), utf8(prefix), Json.bytes(json));
    }

    @Override
    public void drop(String prefix) {
        border.on(border.calls().storeDrop, engine.value(), utf8(prefix));
    }

    private static ObjectInfo info(JsonNode object) {
        return new ObjectInfo(
                object.path("url").asText(),
                object.path("size").asLong(),
                object.path("modifiedMillis").asLong(),
                object.hasNonNull("etag") ? object.get("etag").asText() : null);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
