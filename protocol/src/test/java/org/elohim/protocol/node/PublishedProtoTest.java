package org.elohim.protocol.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;

import org.elohim.protocol.health.wire.HealthProto;
import org.elohim.protocol.node.wire.NodeProto;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/// What others have generated code from goes on to mean what it meant: all that was ever published
/// is there, under its name, its number and its type. More may come.
class PublishedProtoTest {
    @Test
    void allThatWasPublishedIsThereAsItWas() throws IOException {
        var gone = published();
        gone.removeAll(lines(NodeProto.getDescriptor()));
        gone.removeAll(lines(HealthProto.getDescriptor()));

        assertEquals(new TreeSet<String>(), gone);
    }

    @Test
    void whatIsPublishedIsWrittenDown() throws IOException {
        SortedSet<String> unwritten = lines(NodeProto.getDescriptor());
        unwritten.addAll(lines(HealthProto.getDescriptor()));
        unwritten.removeAll(published());

        assertEquals(
                new TreeSet<String>(),
                unwritten,
                "append these to the golden file, and change nothing else in it");
    }

    @Test
    void aFieldThatGoesOrGetsAnotherNumberOrTypeIsSeen() throws Exception {
        SortedSet<String> before = lines(NodeProto.getDescriptor());

        assertFalse(lines(with(field -> field, 12)).containsAll(before));
        assertFalse(
                lines(with(field -> field.setType(FieldDescriptorProto.Type.TYPE_SFIXED64), null))
                        .containsAll(before));
        assertTrue(lines(with(field -> field, null)).containsAll(before));
    }

    private interface Edit {
        FieldDescriptorProto.Builder apply(FieldDescriptorProto.Builder field);
    }

    /// The published file with another last field of NodeStatus.
    private static FileDescriptor with(Edit edit, @Nullable Integer number)
            throws DescriptorValidationException {
        FileDescriptorProto.Builder file = NodeProto.getDescriptor().toProto().toBuilder();
        int at = NodeProto.getDescriptor().findMessageTypeByName("NodeStatus").getIndex();
        DescriptorProto.Builder status = file.getMessageTypeBuilder(at);
        status.clearReservedRange();
        FieldDescriptorProto.Builder field =
                edit.apply(status.getFieldBuilder(status.getFieldCount() - 1));
        if (number != null) {
            field.setNumber(number);
        }
        return FileDescriptor.buildFrom(
                file.build(),
                NodeProto.getDescriptor().getDependencies().toArray(FileDescriptor[]::new));
    }

    private static SortedSet<String> published() throws IOException {
        try (InputStream golden =
                Objects.requireNonNull(
                        PublishedProtoTest.class.getResourceAsStream("/golden/published.txt"))) {
            var lines = new TreeSet<String>();
            new String(golden.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(lines::add);
            return lines;
        }
    }

    private static SortedSet<String> lines(FileDescriptor file) {
        var lines = new TreeSet<String>();
        for (FileDescriptor dependency : file.getDependencies()) {
            lines.addAll(lines(dependency));
        }
        file.getServices()
                .forEach(service -> service.getMethods().forEach(each -> lines.add(line(each))));
        file.getMessageTypes().forEach(message -> add(lines, message));
        file.getEnumTypes().forEach(values -> add(lines, values));
        return lines;
    }

    private static String line(MethodDescriptor method) {
        return "rpc %s(%s%s) returns (%s%s)"
                .formatted(
                        method.getFullName(),
                        method.isClientStreaming() ? "stream " : "",
                        method.getInputType().getFullName(),
                        method.isServerStreaming() ? "stream " : "",
                        method.getOutputType().getFullName());
    }

    private static void add(SortedSet<String> lines, Descriptor message) {
        lines.add("message " + message.getFullName());
        message.getFields().forEach(field -> lines.add(line(field)));
        message.getNestedTypes().forEach(nested -> add(lines, nested));
        message.getEnumTypes().forEach(values -> add(lines, values));
    }

    private static void add(SortedSet<String> lines, EnumDescriptor values) {
        values.getValues()
                .forEach(
                        value ->
                                lines.add(
                                        "value %s = %d of %s"
                                                .formatted(
                                                        value.getName(),
                                                        value.getNumber(),
                                                        values.getFullName())));
    }

    private static String line(FieldDescriptor field) {
        String label =
                field.isRepeated()
                        ? "repeated "
                        : field.toProto().getProto3Optional() ? "optional " : "";
        String type =
                switch (field.getJavaType()) {
                    case MESSAGE -> field.getMessageType().getFullName();
                    case ENUM -> field.getEnumType().getFullName();
                    case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
                            String.valueOf(field.toProto().getType());
                };
        return "field %s = %d: %s%s".formatted(field.getFullName(), field.getNumber(), label, type);
    }
}
