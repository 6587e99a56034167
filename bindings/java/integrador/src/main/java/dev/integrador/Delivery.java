package dev.integrador;

import java.time.Instant;

/**
 * Where a publication stands at one platform.
 *
 * @param platform the platform
 * @param state where it stands
 * @param at when it got there, or null if that is not known
 * @param why the reason when it is dead, else null
 */
public record Delivery(String platform, DeliveryState state, Instant at, String why) {}
