// What an application tells the others. Each call exists twice: it waits in its thread, or it is awaited.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Internal;

namespace Integrador
{
    public sealed partial class Node
    {
        /// <summary>Announces one of the application's own users, or its new name. What has not changed is not sent.</summary>
        /// <param name="id">What the application calls it, 1 to 255 characters.</param>
        /// <param name="name">The name to show, at most 255 characters.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Forbidden"/> (a standalone node),
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt PublishUser(string id, string name) => PublishUser(new NewUser(id, name));

        /// <inheritdoc cref="PublishUser(string, string)"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> PublishUserAsync(string id, string name, CancellationToken cancellationToken = default) =>
            PublishUserAsync(new NewUser(id, name), cancellationToken);

        /// <summary>
        /// The same for a user with an avatar, or with more that the application carries. Who has one and is announced without it has
        /// none any more.
        /// </summary>
        /// <param name="user">The user.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Forbidden"/> (a standalone node),
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt PublishUser(NewUser user)
        {
            var given = Given.User(user);
            return Failures.Do(() => Shown.Receipt(native.PublishUser(given)));
        }

        /// <inheritdoc cref="PublishUser(NewUser)"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> PublishUserAsync(NewUser user, CancellationToken cancellationToken = default)
        {
            var given = Given.User(user);
            return Failures.Do(() => native.PublishUserAsync(given, cancellationToken), Shown.Receipt);
        }

        /// <summary>
        /// Replaces the list of the application's own users: only what is new, renamed or gone is sent, so it may be called at each
        /// start.
        /// </summary>
        /// <param name="users">Their names by their ids.</param>
        /// <returns>How many were new, renamed or gone.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Forbidden"/> (a standalone node),
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public int PublishUsers(IReadOnlyDictionary<string, string> users)
        {
            var given = Given.Users(users);
            return Failures.Do(() => native.PublishUsers(given));
        }

        /// <inheritdoc cref="PublishUsers(IReadOnlyDictionary{string, string})"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<int> PublishUsersAsync(
            IReadOnlyDictionary<string, string> users, CancellationToken cancellationToken = default)
        {
            var given = Given.Users(users);
            return Failures.Do(() => native.PublishUsersAsync(given, cancellationToken), same => same);
        }

        /// <summary>The same for users with avatars, or with more that the application carries.</summary>
        /// <param name="users">All of them.</param>
        /// <returns>How many were new, changed or gone.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Forbidden"/> (a standalone node),
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public int PublishUsers(IEnumerable<NewUser> users)
        {
            var given = Given.Users(users);
            return Failures.Do(() => native.PublishUsers(given));
        }

        /// <inheritdoc cref="PublishUsers(IEnumerable{NewUser})"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<int> PublishUsersAsync(IEnumerable<NewUser> users, CancellationToken cancellationToken = default)
        {
            var given = Given.Users(users);
            return Failures.Do(() => native.PublishUsersAsync(given, cancellationToken), same => same);
        }

        /// <summary>
        /// Announces one of the application's own rooms. It is compared with the application's own last call, and only the difference
        /// is applied to the room as it is: who joined from elsewhere stays in.
        /// </summary>
        /// <param name="id">What the application calls it, 1 to 255 characters.</param>
        /// <param name="name">The name to show; may be empty.</param>
        /// <param name="kind">Private or public.</param>
        /// <param name="members">The ids of the members, by platform; null for none, as public rooms usually have.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Forbidden"/>,
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt PublishRoom(
            string id, string name, RoomKind kind, IReadOnlyDictionary<string, IReadOnlyList<string>>? members = null)
        {
            var given = Given.Room(new NewRoom(id, name, kind), members);
            return Failures.Do(() => Shown.Receipt(native.PublishRoom(given)));
        }

        /// <inheritdoc cref="PublishRoom(string, string, RoomKind, IReadOnlyDictionary{string, IReadOnlyList{string}})"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> PublishRoomAsync(
            string id, string name, RoomKind kind, IReadOnlyDictionary<string, IReadOnlyList<string>>? members = null, CancellationToken cancellationToken = default)
        {
            var given = Given.Room(new NewRoom(id, name, kind), members);
            return Failures.Do(() => native.PublishRoomAsync(given, cancellationToken), Shown.Receipt);
        }

        /// <summary>
        /// The same for a room with an avatar, with more that the application carries, or from which it bars somebody. What is not
        /// said again holds no more: nobody is barred, there is no avatar.
        /// </summary>
        /// <param name="room">The room.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Forbidden"/>,
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt PublishRoom(NewRoom room)
        {
            var given = Given.Room(room);
            return Failures.Do(() => Shown.Receipt(native.PublishRoom(given)));
        }

        /// <inheritdoc cref="PublishRoom(NewRoom)"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> PublishRoomAsync(NewRoom room, CancellationToken cancellationToken = default)
        {
            var given = Given.Room(room);
            return Failures.Do(() => native.PublishRoomAsync(given, cancellationToken), Shown.Receipt);
        }

        /// <summary>One of the application's own users joins a public room of another platform.</summary>
        /// <param name="room">The room.</param>
        /// <param name="user">The user.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownRoom"/>, <see cref="ErrorKind.Forbidden"/> (it is private),
        /// <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt JoinRoom(Ref room, Ref user)
        {
            var given = (Room: Given.Ref(room, nameof(room)), User: Given.Ref(user, nameof(user)));
            return Failures.Do(() => Shown.Receipt(native.JoinRoom(given.Room, given.User)));
        }

        /// <inheritdoc cref="JoinRoom"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> JoinRoomAsync(Ref room, Ref user, CancellationToken cancellationToken = default)
        {
            var given = (Room: Given.Ref(room, nameof(room)), User: Given.Ref(user, nameof(user)));
            return Failures.Do(() => native.JoinRoomAsync(given.Room, given.User, cancellationToken), Shown.Receipt);
        }

        /// <summary>One of the application's own users leaves a room of another platform.</summary>
        /// <param name="room">The room.</param>
        /// <param name="user">The user.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownRoom"/>, <see cref="ErrorKind.NotAMember"/>, <see cref="ErrorKind.Invalid"/>,
        /// <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt LeaveRoom(Ref room, Ref user)
        {
            var given = (Room: Given.Ref(room, nameof(room)), User: Given.Ref(user, nameof(user)));
            return Failures.Do(() => Shown.Receipt(native.LeaveRoom(given.Room, given.User)));
        }

        /// <inheritdoc cref="LeaveRoom"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> LeaveRoomAsync(Ref room, Ref user, CancellationToken cancellationToken = default)
        {
            var given = (Room: Given.Ref(room, nameof(room)), User: Given.Ref(user, nameof(user)));
            return Failures.Do(() => native.LeaveRoomAsync(given.Room, given.User, cancellationToken), Shown.Receipt);
        }

        /// <summary>
        /// Publishes a message of one of the application's own users. It is on disk when this returns, and will arrive, whoever is
        /// down now.
        /// </summary>
        /// <param name="message">The message.</param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">
        /// Of kind <see cref="ErrorKind.UnknownRoom"/>, <see cref="ErrorKind.NotAMember"/>, <see cref="ErrorKind.Conflict"/> (the key
        /// was used for another content), <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.TooLarge"/>,
        /// <see cref="ErrorKind.Forbidden"/> (a standalone node), <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt PublishMessage(NewMessage message)
        {
            var given = Given.Message(message);
            return Failures.Do(() => Shown.Receipt(native.PublishMessage(given)));
        }

        /// <inheritdoc cref="PublishMessage(NewMessage)"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> PublishMessageAsync(NewMessage message, CancellationToken cancellationToken = default)
        {
            var given = Given.Message(message);
            return Failures.Do(() => native.PublishMessageAsync(given, cancellationToken), Shown.Receipt);
        }

        /// <summary>The same of its parts.</summary>
        /// <param name="room">The room: an id of the application's own, a bound one, or an external one.</param>
        /// <param name="sender">One of the application's own users.</param>
        /// <param name="text">The text.</param>
        /// <param name="key">
        /// A key of the application's own, such as the id of its row: see <see cref="NewMessage.Key"/>. Null: none.
        /// </param>
        /// <returns>Its receipt.</returns>
        /// <exception cref="IntegradorException">As <see cref="PublishMessage(NewMessage)"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Receipt PublishMessage(Ref room, Ref sender, string text, string? key = null) =>
            PublishMessage(new NewMessage(room, sender, text) { Key = key });

        /// <inheritdoc cref="PublishMessage(Ref, Ref, string, string)"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Receipt> PublishMessageAsync(
            Ref room, Ref sender, string text, string? key = null, CancellationToken cancellationToken = default) =>
            PublishMessageAsync(new NewMessage(room, sender, text) { Key = key }, cancellationToken);

        /// <summary>
        /// Publishes many messages for less than as many calls cost: for an import, or what has gathered meanwhile. Each stands for
        /// itself, and a refused one keeps none of the others out. Give each a key, and the whole can be repeated whatever happened.
        /// </summary>
        /// <param name="messages">The messages, in their order.</param>
        /// <returns>Of each, in the same order, its receipt or why it was refused.</returns>
        /// <exception cref="IntegradorException">
        /// Of the whole call: <see cref="ErrorKind.Forbidden"/> (a standalone node), <see cref="ErrorKind.Closed"/>.
        /// </exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public IReadOnlyList<Published> PublishMessages(IEnumerable<NewMessage> messages)
        {
            var given = Given.Messages(messages);
            return Failures.Do(() => Shown.All(native.PublishMessages(given), Shown.Published));
        }

        /// <inheritdoc cref="PublishMessages"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<Published>> PublishMessagesAsync(
            IEnumerable<NewMessage> messages, CancellationToken cancellationToken = default)
        {
            var given = Given.Messages(messages);
            return Failures.Do(() => native.PublishMessagesAsync(given, cancellationToken), all => Shown.All(all, Shown.Published));
        }
    }
}
