package dev.integrador.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * A method of a bean that is called with what happens elsewhere. It has one parameter, which says with what: a
 * {@link dev.integrador.Message}, an {@link dev.integrador.Edit}, a {@link dev.integrador.Delete}, a
 * {@link dev.integrador.Reaction}, a {@link dev.integrador.UserChange}, a {@link dev.integrador.RoomChange}, a
 * {@link dev.integrador.PlatformChange}, a {@link dev.integrador.DeliveryChange}, or any {@link dev.integrador.Event}.
 *
 * <pre>{@code
 * @IntegradorEventListener
 * void store(Message message) {
 *     notes.save(message.eventId(), message.senderName(), message.text());
 * }
 * }</pre>
 *
 * <p>When all methods that take an event have returned, it never comes again. When one throws, it comes again to all of them: so let
 * a method do the same twice without harm.
 */
@Documented
@Reflective
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
public @interface IntegradorEventListener {}
